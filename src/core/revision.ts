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

/** The same for making revisions: with a KeyObject, each takes a fifth of the time. */
export interface RevisionKey {
  readonly id: string;
  readonly key: Parameters<typeof createHmac>[1];
}

/**
 * Which data a Secret holds, telling nothing about it to who lacks the key: the key's id and 128 bits of HMAC-SHA-256 over the
 * Secret's place and its sorted entries, each part behind its length so that no two contents read alike. A version that computes it in
 * another way has to give it another id: versions beside it compare bytes then, as after a lost key, and restart nothing.
 */
export function revisionOf(
  installation: RevisionKey,
  { namespace, name }: ObjectKey,
  data: ReadonlyMap<string, SecretValue>,
): string {
  const parts: Uint8Array[] = [];
  const add = (part: Uint8Array): void => {
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(part.byteLength);
    parts.push(length, part);
  };
  add(Buffer.from(namespace));
  add(Buffer.from(name));
  for (const [key, value] of [...data].sort(([a], [b]) => (a < b ? -1 : 1))) {
    add(Buffer.from(key));
    add(value.reveal());
  }
  const digest = createHmac('sha256', installation.key).update(Buffer.concat(parts)).digest('hex');
  return `${installation.id}.${digest.slice(0, 32)}`;
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
