import type { Cluster, KubeObject } from './cluster.ts';
import { eventually } from './eventually.ts';
import type { Team } from './stage.ts';

export interface EventObject extends KubeObject {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly kind: string; readonly name: string; readonly uid: string };
}

/** Every event of the team. */
export const eventsOf = (cluster: Cluster, team: Team): Promise<EventObject[]> =>
  cluster.list<EventObject>(`/apis/events.k8s.io/v1/namespaces/${team.namespace}/events`);

/** Waits for the event with that reason about the object. */
export const eventOf = (
  cluster: Cluster,
  team: Team,
  workload: { readonly kind: string; readonly name: string },
  reason: string,
): Promise<EventObject> =>
  eventually(
    `an event ${reason} of ${workload.name}`,
    async () =>
      (await eventsOf(cluster, team)).find(
        ({ regarding, reason: said }) =>
          regarding.kind === workload.kind && regarding.name === workload.name && said === reason,
      ),
    { timeoutMs: 40_000 },
  );
