import type {
  LiveSecret,
  ObjectKey,
  Precondition,
  SecretManifest,
  SecretPart,
  SecretStorage,
  WriteOutcome,
} from '../core/ports.ts';
import { type Result, succeed } from '../model/result.ts';
import { SecretValue } from '../model/secret-value.ts';
import type { Said } from './answer.ts';
import type { ApiClient } from './client.ts';
import { collectionPath, FIELD_MANAGER, kinds, METADATA_OBJECT, objectPath, only, subjectOf } from './kinds.ts';
import { readHolders } from './managed-fields.ts';
import { fieldsOf, itemsOf, readObjectMeta, textOf } from './object-meta.ts';
import { readFailure, toOutcome } from './outcome.ts';

/**
 * Secrets, read and written live: POST to create, PUT and DELETE with uid and resourceVersion, so nothing is overwritten unseen. What is
 * written does not come back: the answer is the metadata.
 */
export function createSecretStorage(client: ApiClient): SecretStorage {
  return {
    read: (key, signal) => readSecret(client, key, signal),
    create: (manifest, signal) => createSecret(client, manifest, signal),
    async replace(manifest, precondition, signal) {
      const body = secretBody(manifest, precondition);
      const path = objectPath('Secret', manifest);
      const request = { method: 'PUT', path, query: FIELD_MANAGER, body, accept: METADATA_OBJECT } as const;
      const answer = await client.request(request, signal);
      return toOutcome(answer, subjectOf('Secret', manifest), manifest.data.values());
    },
    apply: (part, precondition, force, signal) => applyPart(client, part, precondition, force, signal),
    remove: (key, precondition, signal) => removeSecret(client, key, precondition, signal),
  };
}

async function createSecret(client: ApiClient, manifest: SecretManifest, signal: AbortSignal): Promise<WriteOutcome> {
  const path = collectionPath(kinds.Secret, manifest.namespace);
  const body = secretBody(manifest);
  const request = { method: 'POST', path, query: FIELD_MANAGER, body, accept: METADATA_OBJECT } as const;
  const answer = await client.request(request, signal);
  return toOutcome(answer, subjectOf('Secret', manifest), manifest.data.values());
}

/** With a uid in its body, an apply creates nothing; with a resourceVersion, it meets the very object that was read, by force too. */
async function applyPart(
  client: ApiClient,
  part: SecretPart,
  precondition: Precondition,
  force: boolean,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const { namespace, name, manager, labels, annotations, data } = part;
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name, ...only(precondition), labels, annotations },
    data: encoded(data),
  };
  const path = objectPath('Secret', part);
  const query = { fieldManager: manager, force: String(force) };
  const contentType = 'application/apply-patch+yaml';
  const request = { method: 'PATCH', path, query, contentType, body, accept: METADATA_OBJECT } as const;
  const answer = await client.request(request, signal);
  return toOutcome(answer, subjectOf('Secret', part), data.values());
}

/** The answer to a DELETE is a Status with the uid of what is gone, or the object where a finalizer still holds it. */
async function removeSecret(
  client: ApiClient,
  key: ObjectKey,
  precondition: Precondition,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: only(precondition) };
  const answer = await client.request({ method: 'DELETE', path: objectPath('Secret', key), body }, signal);
  if (answer.kind === 'said' && answer.status === 200 && fieldsOf(answer.body).kind === 'Status') {
    return { kind: 'written', metadata: metaOfGone(key, precondition), serverTimeS: answer.serverTimeS };
  }
  return toOutcome(answer, subjectOf('Secret', key));
}

const metaOfGone = (key: ObjectKey, { uid, resourceVersion }: Precondition) => ({
  namespace: key.namespace,
  name: key.name,
  uid,
  resourceVersion,
  generation: 0,
  creationTimestamp: '',
  labels: {},
  annotations: {},
  ownerReferences: [],
});

/** Reads one Secret; undefined when there is none. */
async function readSecret(
  client: ApiClient,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<Result<LiveSecret | undefined>> {
  const answer = await client.request({ method: 'GET', path: objectPath('Secret', key) }, signal);
  if (answer.kind === 'said' && answer.status === 404) return succeed(undefined);
  const live = answer.kind === 'said' && answer.status === 200 ? toLiveSecret(answer) : undefined;
  return live === undefined ? readFailure(answer, subjectOf('Secret', key)) : succeed(live);
}

function toLiveSecret({ body, serverTimeS }: Said): LiveSecret | undefined {
  const metadata = readObjectMeta(body);
  if (metadata === undefined) return undefined;
  const { type, immutable } = fieldsOf(body);
  const finalizers = itemsOf(fieldsOf(fieldsOf(body).metadata).finalizers).map(textOf);
  const data = readSecretData(body);
  const holders = readHolders(body);
  return { metadata, type: textOf(type), immutable: immutable === true, finalizers, data, holders, serverTimeS };
}

/** The values of a Secret as the API server sent it, decoded. */
export function readSecretData(secret: unknown): ReadonlyMap<string, SecretValue> {
  const data = Object.entries(fieldsOf(fieldsOf(secret).data));
  return new Map(data.map(([name, value]) => [name, new SecretValue(Buffer.from(textOf(value), 'base64'))]));
}

/** The Secret as JSON for the API server. */
function secretBody(manifest: SecretManifest, precondition?: Precondition): object {
  const { namespace, name, labels, annotations, ownerReferences, finalizers, type, immutable, data } = manifest;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      namespace,
      name,
      ...(precondition && only(precondition)),
      labels,
      annotations,
      ownerReferences,
      finalizers,
    },
    type,
    ...(immutable ? { immutable } : {}),
    data: encoded(data),
  };
}

/** Here, and only here, values leave their wrapper. */
const encoded = (data: SecretManifest['data']): Record<string, string> =>
  Object.fromEntries([...data].map(([key, value]) => [key, Buffer.from(value.reveal()).toString('base64')]));
