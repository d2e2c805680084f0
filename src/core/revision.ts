import { createHmac } from 'node:crypto';
import type { SecretValue } from '../model/secret-value.ts';
import type { ObjectKey } from './ports.ts';

/** The key that this installation's revisions are made with. */
export interface InstallationKey {
  /** 8 hex digits. Says which key it was, and nothing about it. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/**
 * Which data a Secret holds, telling nothing about it to who lacks the key: the key's id and 128 bits of HMAC-SHA-256 over the
 * Secret's place and its sorted entries, each part behind its length so that no two contents read alike. A version that computes it in
 * another way has to give it another id: versions beside it compare bytes then, as after a lost key, and restart nothing.
 */
export function revisionOf(
  installation: InstallationKey,
  { namespace, name }: ObjectKey,
  data: ReadonlyMap<string, SecretValue>,
): string {
  const hmac = createHmac('sha256', installation.key);
  const add = (part: Uint8Array): void => {
    const length = new DataView(new ArrayBuffer(4));
    length.setUint32(0, part.byteLength);
    hmac.update(new Uint8Array(length.buffer)).update(part);
  };
  const text = new TextEncoder();
  for (const part of [namespace, name]) add(text.encode(part));
  for (const [key, value] of [...data].sort(([a], [b]) => (a < b ? -1 : 1))) {
    add(text.encode(key));
    add(value.reveal());
  }
  return `${installation.id}.${hmac.digest('hex').slice(0, 32)}`;
}

/** Whether both revisions were made with the same installation key, and so can be compared. */
export const comparable = (a: string, b: string): boolean => a.split('.')[0] === b.split('.')[0];

/**
 * Whether `revision` replaces another one: by the first of `before` that it can be compared with; undefined when there is none, and the
 * bytes have to tell.
 */
export function replacesRevision(before: readonly (string | undefined)[], revision: string): boolean | undefined {
  const former = before.find((each) => each !== undefined && comparable(each, revision));
  return former === undefined ? undefined : former !== revision;
}

/** Unix seconds as `changed-at` has them. */
export const serverTime = (seconds: number): string => new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z');

/** The revision of a Secret whose data several have published, each its part: comparable with one of parts of the same installation keys. */
export function wholeRevision(parts: readonly string[]): string {
  const pieces = parts.map((part) => part.split('.'));
  const ids = new Set(pieces.map(([id]) => id));
  return `${[...ids].toSorted().join('+')}.${pieces.map(([, digest]) => digest).join('+')}`;
}
