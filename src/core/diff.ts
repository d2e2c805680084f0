import type { ExternalSecret } from '../api/generated/types.ts';
import {
  ACCEPT_ANNOTATION,
  API_VERSION,
  CHANGED_AT_ANNOTATION,
  REVISION_ANNOTATION,
  TEMPLATE_KEYS_ANNOTATION,
} from '../api/names.ts';
import type { Fault } from '../model/fault.ts';
import { canonical } from './canonical.ts';
import type { LiveSecret, ObjectKey, OwnerReference, Precondition, SecretManifest } from './ports.ts';
import type { SecretData } from './render.ts';
import { comparable } from './revision.ts';
import { isOwned, type Owner, ownership } from './target.ts';

type Target = ExternalSecret['spec']['target'];

/** A Secret as the spec wants it. */
export interface DesiredSecret {
  readonly key: ObjectKey;
  readonly owner: Owner;
  readonly target: Target;
  readonly data: SecretData;
  readonly revision: string;
}

/** What has to be done so that the Secret is as desired. */
export type SecretChange =
  | { readonly kind: 'none' }
  | { readonly kind: 'create'; readonly manifest: SecretManifest }
  | {
      readonly kind: 'replace';
      readonly manifest: SecretManifest;
      readonly precondition: Precondition;
      readonly newData: boolean;
    }
  | { readonly kind: 'refused'; readonly fault: Fault };

// Written by `kubectl apply`, it holds a copy of the data as it was then.
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Why the Secret that exists cannot become the target, whatever the data; undefined when nothing is in the way. */
export const refusalOf = (desired: Omit<DesiredSecret, 'data' | 'revision'>, live: LiveSecret): Fault | undefined =>
  ownershipFault(desired, live) ?? typeFault(desired, live);

/** Compares what is wanted with what a live read saw. Others' labels, annotations, owners and finalizers are carried over. */
export function diffSecret(desired: DesiredSecret, live: LiveSecret | undefined): SecretChange {
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

const typeOf = (target: Target): string => target.template?.type ?? 'Opaque';

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
      ...changedAt(live, revision, newData),
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
 * was; a revision of another installation key over equal bytes only changes its spelling. Neither is a change to a workload.
 */
function changedAt(live: LiveSecret, revision: string, newData: boolean): Record<string, string> {
  const before = live.metadata.annotations[REVISION_ANNOTATION];
  const replaces = before === undefined || !comparable(before, revision) ? newData : before !== revision;
  return replaces
    ? { [CHANGED_AT_ANNOTATION]: new Date((live.serverTimeS + 1) * 1_000).toISOString().replace('.000Z', 'Z') }
    : {};
}

interface TemplateKeys {
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
}

/** The record of what the template put there, so that what is taken out of the template leaves the Secret too. */
function templateKeys(target: Target): Record<string, string> {
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

type Claim = Pick<DesiredSecret, 'key' | 'owner'>;

function ownershipFault(claim: Claim, live: LiveSecret): Fault | undefined {
  const { labels, annotations, ownerReferences } = live.metadata;
  if (isOwned({ labels, ownerReferences }, claim.owner.uid)) return undefined;
  const holder = ownerReferences.find(({ controller }) => controller === true);
  const accepted = annotations[ACCEPT_ANNOTATION];
  if (holder === undefined && accepted === claim.owner.name) return undefined;
  const detail = holder === undefined ? strangerText(claim, accepted) : holderText(claim, holder);
  return { kind: 'TargetConflict', subject: `Secret/${claim.key.name}`, detail };
}

function strangerText({ key, owner }: Claim, accepted: string | undefined): string {
  const overwrite = accepted === undefined ? '' : ' --overwrite';
  return `exists and is not ours; choose another spec.target.name, or let keyferry take it over: kubectl annotate secret -n ${key.namespace} ${key.name}${overwrite} ${ACCEPT_ANNOTATION}=${owner.name}`;
}

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
function typeFault({ key, target }: Pick<DesiredSecret, 'key' | 'target'>, live: LiveSecret): Fault | undefined {
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
