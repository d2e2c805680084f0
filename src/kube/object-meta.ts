import { RELOADER } from '../api/names.ts';
import type { ObjectMeta, OwnerReference } from '../core/ports.ts';

/** Which labels and annotations are kept of an object: those whose name the filter admits. */
export interface Keep {
  readonly label: (name: string) => boolean;
  readonly annotation: (name: string) => boolean;
}

/** kubectl's copy of the whole object, which may hold the values of a Secret: never cached. A live read has it, so that a PUT carries it over. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

const KEEP_ALL: Keep = { label: () => true, annotation: () => true };
export const KEEP_CACHED: Keep = { label: () => true, annotation: (name) => name !== LAST_APPLIED };

// Shared by all objects that have none: ten thousand empty objects would be half a megabyte.
const NONE: Readonly<Record<string, string>> = Object.freeze({});
const NO_OWNERS: readonly OwnerReference[] = Object.freeze([]);

type Fields = Readonly<Record<string, unknown>>;

/** The members of a JSON object; of anything else, none. */
export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/** The text, or '' where there is none. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The elements of a JSON array; of anything else, none. */
export const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The metadata of an object as the API server sent it; undefined when it is no object with a name, a uid and a version. */
export function readObjectMeta(object: unknown, keep: Keep = KEEP_ALL): ObjectMeta | undefined {
  const metadata = fieldsOf(fieldsOf(object).metadata);
  const { name, uid, resourceVersion } = metadata;
  if (typeof name !== 'string' || typeof uid !== 'string' || typeof resourceVersion !== 'string') return undefined;
  const deletionTimestamp = textOf(metadata.deletionTimestamp);
  return {
    name,
    namespace: textOf(metadata.namespace),
    uid,
    resourceVersion,
    generation: typeof metadata.generation === 'number' ? metadata.generation : 0,
    creationTimestamp: textOf(metadata.creationTimestamp),
    ...(deletionTimestamp === '' ? {} : { deletionTimestamp }),
    labels: readTexts(metadata.labels, keep.label),
    annotations: readTexts(metadata.annotations, keep.annotation),
    ownerReferences: readOwners(metadata.ownerReferences),
  };
}

/** The metadata of a workload that was sent whole: with those annotations of its pod template that may ask for restarts. */
export function readWorkloadMeta(object: unknown, keep: Keep = KEEP_ALL): ObjectMeta | undefined {
  const meta = readObjectMeta(object, keep);
  const template = fieldsOf(fieldsOf(fieldsOf(object).spec).template);
  const templateAnnotations = readTexts(fieldsOf(template.metadata).annotations, (name) =>
    name.includes(`${RELOADER}/`),
  );
  return meta === undefined || templateAnnotations === NONE ? meta : { ...meta, templateAnnotations };
}

/** A map of texts, such as labels: null or absent is empty, and what is no text is left out. */
export function readTexts(
  value: unknown,
  keep: (name: string) => boolean = () => true,
): Readonly<Record<string, string>> {
  let texts: Record<string, string> | undefined;
  for (const [name, text] of Object.entries(fieldsOf(value))) {
    if (typeof text !== 'string' || !keep(name)) continue;
    // A plain object takes a third of the memory of one without prototype, and the API server admits no name like __proto__.
    texts ??= {};
    texts[name] = text;
  }
  return texts ?? NONE;
}

function readOwners(value: unknown): readonly OwnerReference[] {
  const owners = itemsOf(value).map(readOwner);
  return owners.length === 0 ? NO_OWNERS : owners;
}

function readOwner(value: unknown): OwnerReference {
  const { apiVersion, kind, name, uid, controller, blockOwnerDeletion } = fieldsOf(value);
  return {
    apiVersion: textOf(apiVersion),
    kind: textOf(kind),
    name: textOf(name),
    uid: textOf(uid),
    ...(typeof controller === 'boolean' ? { controller } : {}),
    ...(typeof blockOwnerDeletion === 'boolean' ? { blockOwnerDeletion } : {}),
  };
}
