import { renderTemplate } from '../../src/core/template.ts';
import type { Fault } from '../../src/model/fault.ts';
import { SecretValue } from '../../src/model/secret-value.ts';

/** Fetched keys, as text or as bytes. */
export type Fetched = Readonly<Record<string, string | Uint8Array>>;

export const dataOf = (fetched: Fetched): ReadonlyMap<string, SecretValue> =>
  new Map(
    Object.entries(fetched).map(([key, value]) => [
      key,
      typeof value === 'string' ? SecretValue.ofText(value) : new SecretValue(value),
    ]),
  );

/** The data as text, by key. */
export const textsOf = (data: ReadonlyMap<string, SecretValue>): Record<string, string> =>
  Object.fromEntries([...data].map(([key, value]) => [key, Buffer.from(value.reveal()).toString()]));

/** What one template makes of the fetched keys: its text, or what is wrong. */
export function renderOne(template: string, fetched: Fetched): string | Fault {
  const rendered = renderTemplate({ out: template }, dataOf(fetched));
  return rendered.ok ? (textsOf(rendered.value).out ?? '') : rendered.faults[0];
}
