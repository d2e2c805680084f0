import { describe, expect, it } from 'vitest';
import { lastWriteS, readHolders } from '../../../src/kube/managed-fields.ts';

const entry = (manager: string, fieldsV1: unknown, time = '1970-01-01T00:00:10Z') => ({ manager, time, fieldsV1 });
const secret = (...managedFields: unknown[]) => ({ metadata: { managedFields } });

describe('who holds what of a Secret', () => {
  it('is said by key, label and annotation', () => {
    const metadata = { 'f:labels': { 'f:a': {} }, 'f:annotations': { '.': {}, 'f:example.com/b': {} } };
    const object = secret(
      entry('one', { 'f:data': { '.': {}, 'f:tls.crt': {} }, 'f:metadata': metadata, 'f:type': {} }),
      entry('two', { 'f:data': { 'f:tls.crt': {}, 'f:more': {} } }),
    );
    expect(Object.fromEntries(readHolders(object))).toEqual({
      'data.tls.crt': ['one', 'two'],
      'data.more': ['two'],
      'labels.a': ['one'],
      'annotations.example.com/b': ['one'],
    });
  });

  it('counts a key that was applied as stringData, once', () => {
    const object = secret(entry('one', { 'f:stringData': { 'f:a': {} }, 'f:data': { 'f:a': {} } }));
    expect(readHolders(object).get('data.a')).toEqual(['one']);
  });

  for (const object of [undefined, {}, secret(), secret(null, 7, entry('one', 'x'), entry('one', { 'f:data': [] }))]) {
    it(`is nobody by ${JSON.stringify(object)}`, () => expect(readHolders(object).size).toBe(0));
  }
});

describe('our last write', () => {
  it('is the last of keyferry and of all that merge', () => {
    const object = secret(
      entry('keyferry', {}),
      entry('keyferry:uid', {}, '1970-01-01T00:00:20Z'),
      entry('keyferry-of-others', {}, '1970-01-01T00:00:30Z'),
    );
    expect(lastWriteS(object)).toBe(20);
  });
});
