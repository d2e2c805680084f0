import { describe, expect, it } from 'vitest';
import { readProperty } from '../../../src/core/property.ts';
import { Reading } from '../../../src/core/reading.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';

const value = SecretValue.ofText(
  JSON.stringify({ items: Array.from({ length: 5_000 }, (_, at) => ({ at })), name: 'n' }),
);
const costly = 'length(items[?at > `1`])';

describe('one reading', () => {
  it('parses a value once, however many properties are read from it', () => {
    const reading = new Reading();
    expect(reading.parse(value.reveal())).toBe(reading.parse(value.reveal()));
  });

  it('lets all expressions of an ExternalSecret together take only so many steps', () => {
    const reading = new Reading();
    const kinds = Array.from({ length: 60 }, () => {
      const read = readProperty(value, costly, 'spec.data[0]', reading);
      return read.ok ? 'read' : read.faults[0].kind;
    });
    expect(kinds[0]).toBe('read');
    expect(kinds.at(-1)).toBe('ExpressionTooCostly');
  });

  it('still reads members by name when the purse is empty', () => {
    const reading = new Reading();
    for (let at = 0; at < 60; at += 1) readProperty(value, costly, 'spec.data[0]', reading);
    expect(readProperty(value, 'name', 'spec.data[1]', reading).ok).toBe(true);
  });
});
