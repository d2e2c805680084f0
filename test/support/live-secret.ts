import type { LiveSecret, ObjectMeta, SecretManifest } from '../../src/core/ports.ts';
import type { SecretData } from '../../src/core/render.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import { metaOf } from './builders.ts';
import { heldAfterUpdate } from './memory-fields.ts';

/** The data of a Secret out of texts. */
export const dataOf = (texts: Readonly<Record<string, string>>): SecretData =>
  new Map(Object.entries(texts).map(([key, text]) => [key, SecretValue.ofText(text)]));

/** The Secret as a live read sees it after a write of the manifest. */
export function liveOf(manifest: SecretManifest, serverTimeS = 1_000): LiveSecret {
  const { namespace, name, labels, annotations, ownerReferences, ...rest } = manifest;
  const { type, immutable, finalizers, data } = rest;
  const metadata = metaOf({ namespace, name, uid: 'uid-secret', labels, annotations, ownerReferences });
  const holders = heldAfterUpdate(undefined, { labels, annotations, data }, 'keyferry');
  return { metadata, type, immutable, finalizers, data, holders, serverTimeS };
}

/** A live Secret that somebody has had their hands on. */
export const edited = (
  live: LiveSecret,
  { metadata, ...more }: Partial<Omit<LiveSecret, 'metadata'>> & { readonly metadata?: Partial<ObjectMeta> },
): LiveSecret => ({ ...live, ...more, metadata: { ...live.metadata, ...metadata } });

/** What a pass knows beside the Secret: nothing of earlier passes, and no other ExternalSecret. */
export const UNKNOWN = { published: undefined, peer: (): string | undefined => undefined } as const;
