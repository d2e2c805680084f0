import type { Cluster } from './cluster.ts';
import type { Team } from './stage.ts';
import { envFrom } from './workloads.ts';

/** A CronJob or a Job as a test looks at it. */
export interface Run {
  readonly kind: 'CronJob' | 'Job';
  readonly name: string;
  readonly path: string;
}

const podsOf = (secret: string): object => ({
  template: {
    spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'app', ...envFrom(secret) }] },
  },
});

async function create(
  cluster: Cluster,
  team: Team,
  run: Omit<Run, 'path'>,
  restartOn: string,
  spec: object,
): Promise<Run> {
  const collection = `/apis/batch/v1/namespaces/${team.namespace}/${run.kind.toLowerCase()}s`;
  const metadata = { name: run.name, annotations: { 'keyferry.dev/restart-on': restartOn } };
  await cluster.create(collection, { metadata, spec });
  return { ...run, path: `${collection}/${run.name}` };
}

/** A CronJob of which no run is due before the new year. */
export const createCronJob = (cluster: Cluster, team: Team, name: string, restartOn: string, secret = restartOn) =>
  create(cluster, team, { kind: 'CronJob', name }, restartOn, {
    schedule: '0 0 1 1 *',
    jobTemplate: { spec: podsOf(secret) },
  });

/** A Job that waits, and so is never over. */
export const createJob = (cluster: Cluster, team: Team, name: string, restartOn: string, secret = restartOn) =>
  create(cluster, team, { kind: 'Job', name }, restartOn, { suspend: true, ...podsOf(secret) });
