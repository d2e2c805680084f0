import { RESTARTED_AT_ANNOTATION } from '../api/names.ts';
import type { ObjectKey, WorkloadKind } from '../core/ports.ts';
import type { LiveSecretMeta, LiveTemplate, LiveWorkload, WorkloadStorage } from '../core/workload-storage.ts';
import { type Result, succeed } from '../model/result.ts';
import type { ApiClient, ApiRequest } from './client.ts';
import { FIELD_MANAGER, METADATA_OBJECT, objectPath, only, subjectOf } from './kinds.ts';
import { lastWriteS } from './managed-fields.ts';
import { fieldsOf, readObjectMeta, readTexts, readWorkloadMeta } from './object-meta.ts';
import { readFailure, toOutcome } from './outcome.ts';
import { readRollout } from './rollout.ts';
import { readPods, type SentWorkload } from './workload-pods.ts';

/** Workloads, read live with the ages of their pods, and patched with uid and resourceVersion. */
export function createWorkloadStorage(client: ApiClient): WorkloadStorage {
  return {
    read: (kind, key, signal) => readWorkload(client, kind, key, signal),
    readTemplate: (kind, key, signal) => readTemplate(client, kind, key, signal),
    readSecretMeta: (key, signal) => readSecretMeta(client, key, signal),
    async patch(kind, key, precondition, annotations, templateAnnotations, signal) {
      const rolls = Object.keys(templateAnnotations).length > 0;
      const template =
        kind === 'Rollout'
          ? { restartAt: templateAnnotations[RESTARTED_AT_ANNOTATION] }
          : { template: { metadata: { annotations: templateAnnotations } } };
      const request: ApiRequest = {
        method: 'PATCH',
        path: objectPath(kind, key),
        query: FIELD_MANAGER,
        contentType: 'application/merge-patch+json',
        body: { metadata: { ...only(precondition), annotations }, ...(rolls ? { spec: template } : {}) },
        accept: METADATA_OBJECT,
      };
      return toOutcome(await client.request(request, signal), subjectOf(kind, key));
    },
  };
}

/** The template's annotations. Argo keeps the time of a restart beside the template, so that a restart is no new one. */
function marksOf(kind: WorkloadKind, spec: unknown): Readonly<Record<string, string>> {
  const { template, restartAt } = fieldsOf(spec);
  const annotations = readTexts(fieldsOf(fieldsOf(template).metadata).annotations);
  if (kind !== 'Rollout') return annotations;
  const { [RESTARTED_AT_ANNOTATION]: _ofTheTemplate, ...others } = annotations;
  return typeof restartAt === 'string' ? { ...others, [RESTARTED_AT_ANNOTATION]: restartAt } : others;
}

/** A workload as it was sent, and as it is read. */
interface Found {
  readonly sent: SentWorkload;
  readonly template: LiveTemplate;
}

async function findWorkload(
  client: ApiClient,
  kind: WorkloadKind,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<Result<Found | undefined>> {
  const answer = await client.request({ method: 'GET', path: objectPath(kind, key) }, signal);
  if (answer.kind === 'said' && answer.status === 404) return succeed(undefined);
  const metadata = answer.kind === 'said' && answer.status === 200 ? readWorkloadMeta(answer.body) : undefined;
  if (answer.kind === 'lost' || metadata === undefined) return readFailure(answer, subjectOf(kind, key));
  const { spec, status } = fieldsOf(answer.body);
  const sent = { kind, metadata, spec, status };
  const template = fieldsOf(fieldsOf(spec).template);
  const live = {
    metadata,
    podSpec: template.spec,
    templateAnnotations: marksOf(kind, spec),
    rollout: readRollout(sent),
    serverTimeS: answer.serverTimeS,
  };
  return succeed({ sent, template: live });
}

async function readTemplate(...call: Parameters<typeof findWorkload>): Promise<Result<LiveTemplate | undefined>> {
  const found = await findWorkload(...call);
  return found.ok ? succeed(found.value?.template) : found;
}

async function readWorkload(...call: Parameters<typeof findWorkload>): Promise<Result<LiveWorkload | undefined>> {
  const [client, , , signal] = call;
  const found = await findWorkload(...call);
  if (!found.ok || found.value === undefined) return found.ok ? succeed(undefined) : found;
  const { sent, template } = found.value;
  const pods = await readPods(client, sent, signal);
  return pods.ok ? succeed({ ...template, ...pods.value }) : pods;
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
