import { eventually } from './eventually.ts';
import type { ExternalSecretObject, Team } from './stage.ts';

let count = 0;

/** Asks for a refresh now, and returns the wish that stands in the annotation. */
export async function forceSync(team: Team, name: string): Promise<string> {
  const wish = `wish-${++count}`;
  await team.change(name, { metadata: { annotations: { 'keyferry.dev/force-sync': wish } } });
  return wish;
}

/** Asks for a refresh now, and waits until the status says that it went well. */
export async function refresh(team: Team, name: string): Promise<ExternalSecretObject> {
  const wish = await forceSync(team, name);
  return eventually(`ExternalSecret ${team.namespace}/${name} to be refreshed`, async () => {
    const object = await team.get(name);
    if (object.status?.lastForceSync === wish) return object;
    throw new Error(JSON.stringify(object.status));
  });
}
