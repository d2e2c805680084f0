import type { Fault } from '../model/fault.ts';
import { failWith, type Result, succeed } from '../model/result.ts';
import type { SecretValue } from '../model/secret-value.ts';
import { decodeValue } from './decode.ts';
import type { Decoding, Rewrite } from './plan.ts';
import { rewriteKey } from './rewrite.ts';

/** What the members belong to. */
interface Item {
  readonly subject: string;
  readonly decoding: Decoding;
  readonly rewrite: readonly Rewrite[];
}

/**
 * The members under their keys in the Secret, decoded. Faults: `KeyCollision` where two come to one key, `InvalidKey` for what Kubernetes
 * refuses, `ValueNotDecodable`.
 */
export function nameMembers(
  item: Item,
  members: ReadonlyMap<string, SecretValue>,
): Result<ReadonlyMap<string, SecretValue>> {
  const found: Fault[] = [];
  const data = new Map<string, SecretValue>();
  const origins = new Map<string, string>();
  for (const [member, memberValue] of members) {
    const key = rewriteKey(member, item.rewrite);
    const origin = origins.get(key);
    if (origin !== undefined) found.push(collision(item, key, origin, member));
    origins.set(key, member);
    const decoded = decodeMember(memberValue, item, key);
    if (decoded.ok) data.set(key, decoded.value);
    else found.push(...decoded.faults);
  }
  const refused = [...origins.keys()].filter((key) => !isSecretKey(key));
  if (refused.length > 0) found.push(invalidKeys(item, refused));
  return failWith(found) ?? succeed(data);
}

function decodeMember(
  value: SecretValue,
  { decoding, subject }: { decoding: Decoding; subject: string },
  key: string,
): Result<SecretValue> {
  return decodeValue(value, decoding, `${subject} ${JSON.stringify(clip(key))}`);
}

/** As core/v1 validates the keys of a Secret (IsConfigMapKey). */
function isSecretKey(key: string): boolean {
  return /^[-._a-zA-Z0-9]{1,253}$/.test(key) && key !== '.' && !key.startsWith('..');
}

const clip = (key: string): string => (key.length > 60 ? `${key.slice(0, 60)}…` : key);

const collision = ({ subject }: Item, key: string, first: string, second: string): Fault => ({
  kind: 'KeyCollision',
  subject,
  detail: `${JSON.stringify(clip(first))} and ${JSON.stringify(clip(second))} both become the key ${JSON.stringify(clip(key))}; change the rewrite so that they differ`,
});

function invalidKeys({ subject }: Item, keys: readonly string[]): Fault {
  const named = keys.slice(0, 10).map((key) => JSON.stringify(clip(key)));
  const more = keys.length > named.length ? ` and ${keys.length - named.length} more` : '';
  const letters = [...new Set(keys.flatMap((key) => [...key.replaceAll(/[-._a-zA-Z0-9]/g, '')]))];
  const cure =
    letters.length === 0
      ? 'take the members that you need one by one in spec.data'
      : `add rewrite: [${letters
          .slice(0, 10)
          .map((letter) => `{replace: {from: ${JSON.stringify(letter)}, to: "_"}}`)
          .join(', ')}]`;
  return { kind: 'InvalidKey', subject, detail: `Kubernetes refuses the key ${named.join(', ')}${more}; ${cure}` };
}
