import type { ObjectMeta } from '../core/ports.ts';
import type { LiveRun, RunKind, RunStorage } from '../core/run-storage.ts';
import { type Result, succeed } from '../model/result.ts';
import type { ApiClient } from './client.ts';
import { collectionPath, KEEP_RESTARTS, subjectOf } from './kinds.ts';
import { listAll } from './list-all.ts';
import { fieldsOf, itemsOf, readObjectMeta } from './object-meta.ts';
import { readFailure } from './outcome.ts';

const BATCH = '/apis/batch/v1';
const PLURALS: Readonly<Record<RunKind, string>> = { CronJob: 'cronjobs', Job: 'jobs' };

/** CronJobs and Jobs, read when there is something to tell them. They are not watched: in many clusters they are what changes most. */
export const createRunStorage = (client: ApiClient): RunStorage => ({
  async list(kind, namespace, signal) {
    const listed = await listAll(client, { root: BATCH, plural: PLURALS[kind], namespace, isOptional: true }, signal);
    return listed.ok ? succeed(metasOf(listed.value)) : listed;
  },
  async read(kind, key, signal): Promise<Result<LiveRun | undefined>> {
    const place = collectionPath({ root: BATCH, plural: PLURALS[kind], namespaced: true }, key.namespace);
    const answer = await client.request({ method: 'GET', path: `${place}/${encodeURIComponent(key.name)}` }, signal);
    if (answer.kind === 'said' && (answer.status === 404 || answer.status === 403)) return succeed(undefined);
    if (answer.kind === 'lost' || answer.status !== 200) return readFailure(answer, subjectOf(kind, key));
    return succeed(readRun(kind, answer.body));
  },
});

const metasOf = (objects: readonly unknown[]): readonly ObjectMeta[] =>
  objects.map((object) => readObjectMeta(object, KEEP_RESTARTS)).filter((meta) => meta !== undefined);

function readRun(kind: RunKind, object: unknown): LiveRun {
  const { spec, status } = fieldsOf(object);
  const jobSpec = kind === 'CronJob' ? fieldsOf(fieldsOf(spec).jobTemplate).spec : spec;
  return { podSpec: fieldsOf(fieldsOf(jobSpec).template).spec, isOver: kind === 'Job' && isOver(status) };
}

const isOver = (status: unknown): boolean =>
  itemsOf(fieldsOf(status).conditions)
    .map(fieldsOf)
    .some(({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True');
