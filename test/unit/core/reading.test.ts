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

  /** How many of the properties are not yet too costly, when five hundred are read. */
  const readBefore = (document: SecretValue, propertyOf: (at: number) => string): number => {
    const reading = new Reading();
    const kinds = Array.from({ length: 500 }, (_, at) => {
      const read = readProperty(document, propertyOf(at), 'spec.data[0]', reading);
      return read.ok ? 'read' : read.faults[0].kind;
    });
    return kinds.filter((kind) => kind !== 'ExpressionTooCostly').length;
  };

  it('lets them produce only so much together', () => {
    const large = SecretValue.ofText(JSON.stringify({ text: 'x'.repeat(60_000) }));
    expect(readBefore(large, () => 'to_string([@,@,@,@])')).toBeLessThan(100);
    expect(readBefore(large, () => '@.text')).toBeGreaterThan(200);
  });

  it('counts the reading of expressions, that of invalid ones most', () => {
    expect(readBefore(value, (at) => `[${'`1`,'.repeat(500)}a==]${at}`)).toBeLessThan(20);
    expect(readBefore(value, (at) => `a${at}.b${at}.c || name || '${'x'.repeat(200)}'`)).toBe(500);
    expect(readBefore(value, (at) => `api-key-${at}`)).toBe(500);
  });

  it('parses only so much JSON, and a value that it knows for nothing', () => {
    const reading = new Reading();
    const large = () => SecretValue.ofText(`{"a":"${'x'.repeat(1_000_000)}"}`);
    const first = large();
    const read = (document: SecretValue) => readProperty(document, 'a', 'spec.data[0]', reading);
    expect(read(first).ok).toBe(true);
    const kinds = Array.from({ length: 10 }, () => read(large())).map((each) =>
      each.ok ? 'read' : each.faults[0].kind,
    );
    expect(kinds.filter((kind) => kind === 'read')).toHaveLength(7);
    expect(kinds.at(-1)).toBe('ExpressionTooCostly');
    expect(read(first).ok).toBe(true);
  });

  it('still reads members by name when the purse is empty', () => {
    const reading = new Reading();
    for (let at = 0; at < 60; at += 1) readProperty(value, costly, 'spec.data[0]', reading);
    expect(readProperty(value, 'name', 'spec.data[1]', reading).ok).toBe(true);
  });
});
