import { describe, expect, it } from 'vitest';
import { lastRestart, retryWish, toNote } from '../../../src/core/restart-note.ts';

const NONE = { atS: undefined, secrets: [], undone: [], retry: undefined };
const noteOf = (note: string) => lastRestart({ annotations: { 'keyferry.dev/last-restart': note } });

describe('the note of the last restart', () => {
  it('is read as it was written', () => {
    const note = { atS: 1_700_000_000, secrets: ['db', 'tls'], undone: ['db'], retry: 'once more' };
    expect(noteOf(toNote(note))).toEqual(note);
  });

  it('may tell of an obeyed request alone', () => {
    expect(noteOf(toNote({ ...NONE, retry: '1' }))).toEqual({ ...NONE, retry: '1' });
  });

  it('is none where it is not there, or is something else', () => {
    expect(lastRestart({ annotations: {} })).toEqual(NONE);
    for (const text of ['', 'x', 'null', '[]', '7', '{"at":5,"for":"db","retry":{}}', '{"at":"soon"}'])
      expect(noteOf(text), text).toEqual(NONE);
  });

  it('leaves out what is no name', () => {
    expect(noteOf('{"for":["db",7,null]}').secrets).toEqual(['db']);
  });
});

describe('a request for a retry', () => {
  const wish = (retry: string | undefined, obeyed: string | undefined) =>
    retryWish({
      annotations: {
        ...(retry === undefined ? {} : { 'keyferry.dev/retry-restart': retry }),
        'keyferry.dev/last-restart': toNote({ ...NONE, retry: obeyed }),
      },
    });

  it('is each new value', () => {
    expect(wish('2', '1')).toBe('2');
    expect(wish('2', undefined)).toBe('2');
    expect(wish('', undefined)).toBe('');
  });

  it('is none when it was obeyed, or is taken back', () => {
    expect(wish('2', '2')).toBeUndefined();
    expect(wish(undefined, undefined)).toBeUndefined();
    expect(wish(undefined, '1')).toBeUndefined();
  });
});
