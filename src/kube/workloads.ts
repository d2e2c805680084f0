import type { LiveSecretMeta, LiveWorkload, ObjectKey, WorkloadKind, WorkloadStorage } from '../core/ports.ts';
import { type Result, succeed } from '../model/result.ts';
import type { ApiClient, ApiRequest } from './client.ts';
import { FIELD_MANAGER, METADATA_OBJECT, objectPath, only, subjectOf } from './kinds.ts';
import { lastWriteS } from './managed-fields.ts';
import { fieldsOf, readObjectMeta, readTexts } from './object-meta.ts';
import { readFailure, toOutcome } from './outcome.ts';
import { readPodAges } from './workload-pods.ts';

/** Workloads, read live with the ages of their pods, and patched with uid and resourceVersion. */
export function createWorkloadStorage(client: ApiClient): WorkloadStorage {
  return {
    read: (kind, key, signal) => readWorkload(client, kind, key, signal),
    readSecretMeta: (key, signal) => readSecretMeta(client, key, signal),
    async patch(kind, key, precondition, annotations, templateAnnotations, signal) {
      const rolls = Object.keys(templateAnnotations).length > 0;
      const template = { template: { metadata: { annotations: templateAnnotations } } };
      const request: ApiRequest = {
        method: 'PATCH',
        path: objectPath(kind, key),
        query: FIELD_MANAGER,
        contentType: 'application/merge-patch+json',
        body: { metadata: { ...only(precondition), annotations }, ...(rolls ? { spec: template } : {}) },
      };
      return toOutcome(await client.request(request, signal), subjectOf(kind, key));
    },
  };
}

async function readWorkload(
  client: ApiClient,
  kind: WorkloadKind,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<Result<LiveWorkload | undefined>> {
  const answer = await client.request({ method: 'GET', path: objectPath(kind, key) }, signal);
  if (answer.kind === 'said' && answer.status === 404) return succeed(undefined);
  const metadata = answer.kind === 'said' && answer.status === 200 ? readObjectMeta(answer.body) : undefined;
  if (answer.kind === 'lost' || metadata === undefined) return readFailure(answer, subjectOf(kind, key));
  const { spec, status } = fieldsOf(answer.body);
  const ages = await readPodAges(client, { kind, metadata, spec, status }, signal);
  if (!ages.ok) return ages;
  const template = fieldsOf(fieldsOf(spec).template);
  return succeed({
    metadata,
    podSpec: template.spec,
    templateAnnotations: readTexts(fieldsOf(template.metadata).annotations),
    ...ages.value,
    serverTimeS: answer.serverTimeS,
  });
}

async function readSecretMeta(
  client: ApiClient,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<Result<LiveSecretMeta | undefined>> {
  const path = objectPath('Secret', key);
  const answer = await client.request({ method: 'GET', path, accept: METADATA_OBJECT }, signal);
  if (answer.kind === 'said' && answer.status === 404) return succeed(undefined);
  const metadata = answer.kind === 'said' && answer.status === 200 ? readObjectMeta(answer.body) : undefined;
  if (answer.kind === 'lost' || metadata === undefined) return readFailure(answer, subjectOf('Secret', key));
  return succeed({ metadata, writtenS: lastWriteS(answer.body) });
}
