import { describe, expect, it } from 'vitest';
import { isSilent, lastRestart, retryWish, toNote } from '../../../src/core/restart-note.ts';

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

  const ofAnotherVersion = [
    '{"at":"2026-01-01T00:00:00Z","for":["db"],"by":"2.0.0","why":{"db":["rotation"]}}',
    '{"version":2,"at":"2026-01-01T00:00:00.123Z","for":["db"],"undone":[]}',
  ];
  for (const text of ofAnotherVersion) {
    it(`is read as far as it is known, where another version has written more: ${text}`, () => {
      const { atS, ...note } = noteOf(text);
      expect({ ...note, atS: Math.floor(atS ?? 0) }).toEqual({ ...NONE, secrets: ['db'], atS: 1_767_225_600 });
      const again = toNote({ ...noteOf(text), undone: ['db'] });
      expect(noteOf(again)).toMatchObject({ secrets: ['db'], undone: ['db'] });
    });
  }

  const silences: readonly { it: string; annotations: Record<string, string>; want: boolean }[] = [
    { it: 'where there is neither', annotations: {}, want: true },
    {
      it: 'where the record is of another Secret',
      annotations: { 'keyferry.dev/seen-revisions': '{"tls":"k.1"}' },
      want: true,
    },
    {
      it: 'where the note tells of an obeyed request alone',
      annotations: { 'keyferry.dev/last-restart': '{"retry":"1"}' },
      want: true,
    },
    { it: 'not where the record has it', annotations: { 'keyferry.dev/seen-revisions': '{"db":"k.1"}' }, want: false },
    {
      it: 'not where there is a note',
      annotations: { 'keyferry.dev/last-restart': '{"at":"2026-01-01T00:00:00Z"}' },
      want: false,
    },
  ];
  for (const { it: name, annotations, want } of silences)
    it(`and the record are silent of a Secret ${name}`, () => expect(isSilent({ annotations }, 'db')).toBe(want));

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
