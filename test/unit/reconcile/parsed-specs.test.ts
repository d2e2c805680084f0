import { expect, it } from 'vitest';
import { ParsedSpecs } from '../../../src/reconcile/parsed-specs.ts';
import { rawOf, specOf } from '../../support/builders.ts';

const raw = (interval: string, meta: object = {}) =>
  rawOf('ExternalSecret', { ...specOf(), refreshInterval: interval }, { generation: 1, uid: 'uid-db', ...meta });
const intervalOf = (specs: ParsedSpecs, of: ReturnType<typeof raw>): string | undefined => {
  const read = specs.read(of);
  return read.ok ? read.value.refreshInterval : undefined;
};

it('parses a spec once for each generation', () => {
  const specs = new ParsedSpecs();
  const first = specs.read(raw('1h'));
  expect(specs.read(raw('1h', { resourceVersion: '2' }))).toBe(first);
  expect(intervalOf(specs, raw('2h', { generation: 2 }))).toBe('2h');
});

it('takes a new object of the same name and generation for another', () => {
  const specs = new ParsedSpecs();
  expect(intervalOf(specs, raw('1h'))).toBe('1h');
  expect(intervalOf(specs, raw('2h', { uid: 'uid-other' }))).toBe('2h');
});

it('remembers what is wrong with a spec, until that changes', () => {
  const specs = new ParsedSpecs();
  const wrong = specs.read(raw('never'));
  expect(wrong.ok).toBe(false);
  expect(specs.read(raw('never'))).toBe(wrong);
  expect(intervalOf(specs, raw('1h', { generation: 2 }))).toBe('1h');
});

it('forgets what is gone', () => {
  const specs = new ParsedSpecs();
  const first = specs.read(raw('1h'));
  specs.forget('shop/db');
  expect(specs.read(raw('1h'))).not.toBe(first);
});
