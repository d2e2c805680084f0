import { fail, type Result, succeed } from '../model/result.ts';
import { matchesGlob } from './glob.ts';
import type { ObjectMeta, ValueRef } from './ports.ts';
import { type Store, storeLabel } from './store.ts';

type Selector = NonNullable<NonNullable<Store['spec']['allowedNamespaces']>['selector']>;

/** Whether the store serves ExternalSecrets of the namespace; a ClusterSecretStore without allowedNamespaces serves none. */
export function admitNamespace(store: Store, namespace: string, labels: ObjectMeta['labels']): Result<undefined> {
  const allowed = store.spec.allowedNamespaces;
  if (store.kind === 'SecretStore') return succeed(undefined);
  if (allowed?.names?.some((pattern) => matchesGlob(pattern, namespace, true)) === true) return succeed(undefined);
  if (allowed?.selector !== undefined && selects(allowed.selector, labels)) return succeed(undefined);
  const why =
    allowed === undefined
      ? 'admits no namespace, since it has no spec.allowedNamespaces; list the namespaces there'
      : `does not admit the namespace ${namespace}; add it to the store's spec.allowedNamespaces`;
  return fail('StoreNotAllowed', 'spec.secretStoreRef', `${storeLabel(store)} ${why}`);
}

function selects(selector: Selector, labels: ObjectMeta['labels']): boolean {
  const exact = Object.entries(selector.matchLabels ?? {});
  const expressions = selector.matchExpressions ?? [];
  if (exact.length + expressions.length === 0) return false;
  return (
    exact.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value) &&
    expressions.every(({ key, operator, values }) => {
      const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const listed = value !== undefined && (values ?? []).includes(value);
      return operator === 'In' ? listed : !listed;
    })
  );
}

const ARN = /^arn:[^:]+:(secretsmanager|ssm):([^:]*):([^:]*):(?:secret:|parameter\/)(.+)$/;
/** Parameter Store reads the secret whose name follows. */
export const BRIDGE = '/aws/reference/secretsmanager/';

/**
 * Whether allowedKeys of a ClusterSecretStore let the namespace read the ref. `account` is that of the store's role, where one is known.
 * Every name that the ref can stand for has to be admitted, so that no spelling opens what another is refused.
 */
export function admitKey(store: Store, namespace: string, account: string | undefined, ref: ValueRef): boolean {
  const allowed = store.spec.allowedKeys;
  if (allowed === undefined) return true;
  const patterns = allowed.map((pattern) => pattern.replaceAll('{{namespace}}', namespace));
  const listed = (name: string): boolean => patterns.some((pattern) => matchesGlob(pattern, name));
  const arn = ARN.exec(ref.key);
  if (arn === null) return namesOf(ref, ref.key).every((spellings) => spellings.some(listed));
  if (patterns.includes(ref.key)) return true;
  const [, , region, owner, resource = ''] = arn;
  if (region !== store.spec.region || owner !== account) return false;
  return namesOf(ref, resource).every((spellings) => spellings.some(listed));
}

/** The names that `text` can stand for, each with its spellings: a parameter `/a` is also written `a`. */
function namesOf(ref: ValueRef, text: string): string[][] {
  if (ref.service === 'ParameterStore') {
    const path = text.startsWith('/') ? text : `/${text}`;
    return path.startsWith(BRIDGE) ? [[path.slice(BRIDGE.length)]] : [[path, path.slice(1)]];
  }
  // A partial ARN whose name ends like a full one's can mean either secret.
  const suffix = /-[A-Za-z0-9]{6}$/.exec(text);
  return ref.key.startsWith('arn:') && suffix !== null ? [[text.slice(0, suffix.index)], [text]] : [[text]];
}
