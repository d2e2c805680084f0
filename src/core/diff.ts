import {
  ACCEPT_ANNOTATION,
  API_VERSION,
  CHANGED_AT_ANNOTATION,
  REVISION_ANNOTATION,
  revisionAnnotationOf,
  TEMPLATE_KEYS_ANNOTATION,
} from '../api/names.ts';
import type { Fault } from '../model/fault.ts';
import { canonical } from './canonical.ts';
import { diffPart, partRefusal } from './merge.ts';
import type { LiveSecret, OwnerReference, SecretManifest } from './ports.ts';
import type { SecretData } from './render.ts';
import { replacesRevision, serverTime } from './revision.ts';
import type { Claim, DesiredSecret, SecretChange } from './secret-change.ts';
import { acceptedBy, consentLine, isOwned, ownership } from './target.ts';

// Written by `kubectl apply`, it holds a copy of the data as it was then.
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Why the Secret that exists cannot become the target, whatever the data; undefined when nothing is in the way. */
export const refusalOf = (claim: Claim, live: LiveSecret): Fault | undefined =>
  claim.target.creationPolicy === 'Merge'
    ? partRefusal(claim, live)
    : (mergedFault(claim, live) ?? ownershipFault(claim, live) ?? typeFault(claim, live));

/** Compares what is wanted with what a live read saw. Others' labels, annotations, owners and finalizers are carried over. */
export function diffSecret(desired: DesiredSecret, live: LiveSecret | undefined): SecretChange {
  if (desired.target.creationPolicy === 'Merge') return diffPart(desired, live);
  if (live === undefined) return { kind: 'create', manifest: newManifest(desired) };
  const fault = refusalOf(desired, live);
  if (fault !== undefined) return { kind: 'refused', fault };
  const newData = !sameData(desired.data, live.data);
  if (live.immutable && newData) return { kind: 'refused', fault: immutableFault(desired) };
  const manifest = changedManifest(desired, live, newData);
  if (!newData && fingerprint(manifest) === fingerprint(manifestOf(live))) return { kind: 'none' };
  const { uid, resourceVersion } = live.metadata;
  return { kind: 'replace', manifest, precondition: { uid, resourceVersion }, newData };
}

const typeOf = (target: Claim['target']): string => target.template?.type ?? 'Opaque';

function newManifest(desired: DesiredSecret): SecretManifest {
  const { key, owner, target, data, revision } = desired;
  const template = target.template?.metadata ?? {};
  return {
    ...key,
    ...ownership(target.creationPolicy, owner, { labels: template.labels ?? {}, ownerReferences: [] }),
    annotations: { ...template.annotations, ...templateKeys(target), [REVISION_ANNOTATION]: revision },
    finalizers: [],
    type: typeOf(target),
    immutable: target.immutable ?? false,
    data,
  };
}

function changedManifest(desired: DesiredSecret, live: LiveSecret, newData: boolean): SecretManifest {
  const { key, owner, target, data, revision } = desired;
  const template = target.template?.metadata ?? {};
  const former = formerTemplateKeys(live.metadata.annotations);
  const labels = { ...without(live.metadata.labels, former.labels), ...template.labels };
  const { [LAST_APPLIED]: _copy, [TEMPLATE_KEYS_ANNOTATION]: _keys, ...annotations } = live.metadata.annotations;
  return {
    ...key,
    ...ownership(target.creationPolicy, owner, { labels, ownerReferences: live.metadata.ownerReferences }),
    annotations: {
      ...without(annotations, former.annotations),
      ...template.annotations,
      ...templateKeys(target),
      [REVISION_ANNOTATION]: revision,
      ...changedAt(desired, live, newData),
    },
    finalizers: live.finalizers,
    type: live.type,
    // An immutable Secret stays so for good; nothing can take it back.
    immutable: live.immutable || (target.immutable ?? false),
    data,
  };
}

/**
 * changed-at is written when this revision replaces another one. Bytes that were edited by hand and are put back leave the revision as it
 * was, also where it was stripped with them and only the status knows it; a revision of another installation key over equal bytes only
 * changes its spelling. None of these is a change to a workload.
 */
function changedAt({ owner, revision, published }: DesiredSecret, live: LiveSecret, newData: boolean) {
  // What the status says of a Secret that was not ours is about another one.
  const known = isOwned(live.metadata, owner.uid) ? published : undefined;
  const replaces = replacesRevision([live.metadata.annotations[REVISION_ANNOTATION], known], revision) ?? newData;
  return replaces ? { [CHANGED_AT_ANNOTATION]: serverTime(live.serverTimeS + 1) } : {};
}

interface TemplateKeys {
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
}

/** The record of what the template put there, so that what is taken out of the template leaves the Secret too. */
function templateKeys(target: Claim['target']): Record<string, string> {
  const { labels = {}, annotations = {} } = target.template?.metadata ?? {};
  const keys: TemplateKeys = { labels: Object.keys(labels).sort(), annotations: Object.keys(annotations).sort() };
  return keys.labels.length + keys.annotations.length === 0 ? {} : { [TEMPLATE_KEYS_ANNOTATION]: JSON.stringify(keys) };
}

function formerTemplateKeys(annotations: Readonly<Record<string, string>>): TemplateKeys {
  const strings = (value: unknown): string[] =>
    Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
  try {
    const keys: unknown = JSON.parse(annotations[TEMPLATE_KEYS_ANNOTATION] ?? '{}');
    const { labels, annotations: own } = keys as Partial<Record<keyof TemplateKeys, unknown>>;
    return { labels: strings(labels), annotations: strings(own) };
  } catch {
    return { labels: [], annotations: [] };
  }
}

const without = (map: Readonly<Record<string, string>>, keys: readonly string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key)));

// The schema says so too; but what was merged into a Secret of others must never become the whole of it.
const mergedFault = ({ owner }: Claim, live: LiveSecret): Fault | undefined =>
  revisionAnnotationOf(owner.uid) in live.metadata.annotations
    ? {
        kind: 'InvalidSpec',
        subject: 'spec.target.creationPolicy',
        detail: 'may not change from Merge; make another ExternalSecret instead',
      }
    : undefined;

function ownershipFault(claim: Claim, live: LiveSecret): Fault | undefined {
  const { labels, ownerReferences } = live.metadata;
  if (isOwned({ labels, ownerReferences }, claim.owner.uid)) return undefined;
  const holder = ownerReferences.find(({ controller }) => controller === true);
  const accepted = acceptedBy(live.metadata);
  if (holder === undefined && accepted.includes(claim.owner.name)) return undefined;
  const detail = holder === undefined ? strangerText(claim, accepted) : holderText(claim, holder);
  return { kind: 'TargetConflict', subject: `Secret/${claim.key.name}`, detail };
}

const strangerText = ({ key, owner }: Claim, accepted: readonly string[]): string =>
  `exists and is not ours; choose another spec.target.name, or let keyferry take it over: ${consentLine(key, accepted, owner)}`;

// An object has one controller at most, so no consent helps while there is another.
function holderText({ key, owner }: Claim, { apiVersion, kind, name }: OwnerReference): string {
  const patch = { metadata: { ownerReferences: null, annotations: { [ACCEPT_ANNOTATION]: owner.name } } };
  const cure =
    apiVersion === API_VERSION
      ? `delete that ${kind} first`
      : `once that no longer writes it, let keyferry take it over: kubectl patch secret -n ${key.namespace} ${key.name} --type=merge -p '${JSON.stringify(patch)}'`;
  return `belongs to ${kind} ${name}; choose another spec.target.name, or ${cure}`;
}

// The type of a Secret cannot be changed, and to delete and create would leave a moment without one; that is for people to choose.
function typeFault({ key, target }: Claim, live: LiveSecret): Fault | undefined {
  const wanted = typeOf(target);
  if (live.type === wanted) return undefined;
  const detail = `has the type ${live.type}, which Kubernetes does not let anybody change to ${wanted}; when its users can do without it for a second: kubectl delete secret -n ${key.namespace} ${key.name}, and keyferry makes it anew`;
  return { kind: 'TargetRefused', subject: `Secret/${key.name}`, detail };
}

const immutableFault = ({ key }: DesiredSecret): Fault => ({
  kind: 'TargetImmutable',
  subject: `Secret/${key.name}`,
  detail: `is immutable and its data has changed in AWS; choose a new spec.target.name, or when its users can do without it for a second: kubectl delete secret -n ${key.namespace} ${key.name}, and keyferry makes it anew`,
});

function sameData(wanted: SecretData, present: SecretData): boolean {
  return (
    wanted.size === present.size &&
    wanted.entries().every(([key, value]) => {
      const other = present.get(key);
      return other?.equals(value) === true;
    })
  );
}

const manifestOf = (live: LiveSecret): SecretManifest => ({
  namespace: live.metadata.namespace,
  name: live.metadata.name,
  labels: live.metadata.labels,
  annotations: live.metadata.annotations,
  ownerReferences: live.metadata.ownerReferences,
  finalizers: live.finalizers,
  type: live.type,
  immutable: live.immutable,
  data: live.data,
});

/** Everything about a Secret but its data, in one text that does not hang on the order of its keys. */
const fingerprint = ({ data: _data, ...rest }: SecretManifest): string => canonical(rest);
