import { changedAtAnnotationOf, MANAGED_LABEL, revisionAnnotationOf } from '../api/names.ts';
import type { Fault } from '../model/fault.ts';
import type { LiveSecret, SecretPart } from './ports.ts';
import type { SecretData } from './render.ts';
import { replacesRevision, serverTime } from './revision.ts';
import type { Claim, DesiredSecret, SecretChange } from './secret-change.ts';
import { acceptedBy, consentLine, isOwned, ownerUidOf } from './target.ts';

// creationPolicy Merge: some keys of a Secret that somebody else makes, each ExternalSecret a field manager of its own.

const MANAGER = 'keyferry:';

/** The field manager that an ExternalSecret merges as. Not by name: a field manager has at most 128 characters, and a name 253. */
const mergeManager = (uid: string): string => `${MANAGER}${uid}`;

/** The data of a Secret that the ExternalSecret of this uid has merged into it, as it is there now. */
export function partOf({ data, holders }: LiveSecret, uid: string): SecretData {
  const manager = mergeManager(uid);
  return new Map([...data].filter(([key]) => holders.get(`data.${key}`)?.includes(manager) === true));
}

/** Why no key may be merged into the Secret, whatever the data; undefined when nothing is in the way. */
export const partRefusal = (claim: Claim, live: LiveSecret): Fault | undefined =>
  ownedFault(claim, live) ?? consentFault(claim, live) ?? typeFault(claim, live);

/** Compares what is wanted with what a live read saw. Keys, labels and annotations of others are not even looked at. */
export function diffPart(desired: DesiredSecret, live: LiveSecret | undefined): SecretChange {
  const { key, owner } = desired;
  if (live === undefined) return { kind: 'refused', fault: absentFault(desired) };
  const fault = partRefusal(desired, live) ?? heldFault(desired, live);
  if (fault !== undefined) return { kind: 'refused', fault };
  const newData = changesData(desired, live);
  if (live.immutable && newData) return { kind: 'refused', fault: immutableFault(desired) };
  const part: SecretPart = {
    ...key,
    manager: mergeManager(owner.uid),
    labels: { [MANAGED_LABEL]: 'true' },
    annotations: { [revisionAnnotationOf(owner.uid)]: desired.revision, ...changedAt(desired, live, newData) },
    data: desired.data,
  };
  if (!newData && isInPlace(part, live)) return { kind: 'none' };
  const { uid, resourceVersion } = live.metadata;
  return { kind: 'apply', part, precondition: { uid, resourceVersion }, force: seizes(part, live), newData };
}

/** The fault of a target that nobody has made yet. */
export function absentFault({ key, owner }: Claim): Fault {
  const detail = `does not exist, and with creationPolicy Merge keyferry only adds keys to a Secret that others make; make it, and let keyferry in: ${consentLine(key, [], owner)}`;
  return { kind: 'TargetNotFound', subject: `Secret/${key.name}`, detail };
}

function ownedFault({ key, owner, peer }: Claim, { metadata }: LiveSecret): Fault | undefined {
  if (isOwned(metadata, owner.uid)) {
    const detail = 'may not change to Merge; make another ExternalSecret instead';
    return { kind: 'InvalidSpec', subject: 'spec.target.creationPolicy', detail };
  }
  const holder = peer(ownerUidOf(metadata) ?? '');
  if (holder === undefined) return undefined;
  const detail = `belongs to ExternalSecret ${holder}, which keeps no keys of others in it; add the keys there, or choose another spec.target.name`;
  return { kind: 'TargetConflict', subject: `Secret/${key.name}`, detail };
}

function consentFault({ key, owner }: Claim, { metadata }: LiveSecret): Fault | undefined {
  const accepted = acceptedBy(metadata);
  if (accepted.includes(owner.name)) return undefined;
  const detail = `does not let ExternalSecret ${owner.name} add keys to it; choose another spec.target.name, or let it in: ${consentLine(key, accepted, owner)}`;
  return { kind: 'TargetConflict', subject: `Secret/${key.name}`, detail };
}

const TYPES = /^(Opaque|kubernetes\.io\/(tls|dockerconfigjson|dockercfg|basic-auth|ssh-auth))$/;
const RESERVED = /^([a-z0-9.-]+\.)?(kubernetes\.io|k8s\.io|helm\.sh)\//;

// What Kubernetes or Helm reads as a credential or a record of its own is for nobody to add to: the schema's rule, on what is there.
function typeFault({ key }: Claim, { type }: LiveSecret): Fault | undefined {
  if (TYPES.test(type) || (type.includes('/') && !RESERVED.test(type))) return undefined;
  const detail = `has the type ${type}, and keyferry adds nothing to Secrets of that type; choose another spec.target.name`;
  return { kind: 'TargetRefused', subject: `Secret/${key.name}`, detail };
}

const differs = (
  { data }: LiveSecret,
  key: string,
  value: SecretData extends ReadonlyMap<string, infer V> ? V : never,
) => data.get(key)?.equals(value) !== true;

/**
 * The keys that others hold with another value. Of an ExternalSecret that is gone they are not: nobody keeps them up, and they were made by
 * keyferry. A key that is there without a manager was written by somebody of whom the API server knows nothing.
 */
function heldFault(desired: DesiredSecret, live: LiveSecret): Fault | undefined {
  const { key, owner, data } = desired;
  const held = [...data].flatMap(([name, value]) => {
    if (!live.data.has(name) || !differs(live, name, value)) return [];
    const managers = live.holders.get(`data.${name}`) ?? ['an unknown writer'];
    const others = managers.filter((each) => each !== mergeManager(owner.uid) && isAlive(desired, each));
    return others.length === 0 ? [] : [{ name, others }];
  });
  if (held.length === 0) return undefined;
  const list = held.map(({ name, others }) => `${name} (${others.map((each) => title(desired, each)).join(', ')})`);
  const isAmongUs = held.every(({ others }) => others.every((each) => each.startsWith(MANAGER)));
  const nothing = JSON.stringify({ data: Object.fromEntries(held.map(({ name }) => [name, null])) });
  const cure = isAmongUs
    ? 'take the key out of one of the two'
    : `let keyferry write it: kubectl patch secret -n ${key.namespace} ${key.name} --type=merge -p '${nothing}'`;
  const detail = `others hold keys of it with other values, and keyferry takes none from them: ${list.join(', ')}; choose another secretKey, or ${cure}`;
  // A Secret that we have written to is watched, so what its author does is seen at once.
  return { kind: 'TargetConflict', subject: `Secret/${key.name}`, detail, retry: 'onInterval' };
}

const uidOf = (manager: string): string => manager.slice(MANAGER.length);

const isAlive = ({ peer }: Claim, manager: string): boolean =>
  !manager.startsWith(MANAGER) || peer(uidOf(manager)) !== undefined;

const title = ({ peer }: Claim, manager: string): string =>
  manager.startsWith(MANAGER) ? `ExternalSecret ${peer(uidOf(manager))}` : manager;

/** Whether bytes of the Secret are others afterwards: a key comes, changes, or goes since nobody else holds it. */
function changesData({ owner, data }: DesiredSecret, live: LiveSecret): boolean {
  if ([...data].some(([key, value]) => differs(live, key, value))) return true;
  return [...partOf(live, owner.uid).keys()].some(
    (key) => !data.has(key) && live.holders.get(`data.${key}`)?.length === 1,
  );
}

/** Each ExternalSecret tells of its own part when that last changed: what others change is theirs to tell. */
function changedAt({ owner, revision }: DesiredSecret, live: LiveSecret, newData: boolean): Record<string, string> {
  const name = changedAtAnnotationOf(owner.uid);
  const before = live.metadata.annotations[revisionAnnotationOf(owner.uid)];
  if (replacesRevision([before], revision) ?? newData) return { [name]: serverTime(live.serverTimeS + 1) };
  const present = live.metadata.annotations[name];
  // What an apply leaves out goes.
  return present === undefined ? {} : { [name]: present };
}

function isInPlace({ manager, labels, annotations, data }: SecretPart, live: LiveSecret): boolean {
  const isHeld = (path: string): boolean => live.holders.get(path)?.includes(manager) === true;
  const held = [...live.data.keys()].filter((key) => isHeld(`data.${key}`));
  return (
    held.length === data.size &&
    held.every((key) => data.has(key)) &&
    Object.entries(labels).every(([name, value]) => live.metadata.labels[name] === value) &&
    Object.entries(annotations).every(([name, value]) => live.metadata.annotations[name] === value)
  );
}

/** Whether a field has to be taken from others: keys of ExternalSecrets that are gone, and labels and annotations that are ours alone to write. */
function seizes({ manager, labels, annotations, data }: SecretPart, live: LiveSecret): boolean {
  const ofOthers = (path: string): boolean => live.holders.get(path)?.some((each) => each !== manager) === true;
  const texts = [
    ...Object.entries(labels).map(([name, value]) => ['labels', name, value] as const),
    ...Object.entries(annotations).map(([name, value]) => ['annotations', name, value] as const),
  ];
  return (
    [...data].some(([key, value]) => differs(live, key, value) && ofOthers(`data.${key}`)) ||
    texts.some(([map, name, value]) => live.metadata[map][name] !== value && ofOthers(`${map}.${name}`))
  );
}

const immutableFault = ({ key }: DesiredSecret): Fault => ({
  kind: 'TargetImmutable',
  subject: `Secret/${key.name}`,
  detail:
    'is immutable, and keys of it are to change; its author has to make it anew, or choose another spec.target.name',
});
