import { expect } from 'vitest';
import type { Cluster, KubeObject } from './cluster.ts';
import type { AttachedEnvironment } from './environment.ts';
import { eventually } from './eventually.ts';
import { kubectlDiff } from './kubectl-diff.ts';

// What the API server and its own controllers count, beside what anybody asked for.
const OF_THE_CLUSTER = ['managedFields', 'resourceVersion', 'generation'];
const REVISION_OF_DEPLOYMENT = 'deployment.kubernetes.io/revision';

/**
 * Applies the text again, by kubectl and by server-side apply as another field manager, and expects that nothing changes by it, and that
 * kubectl sees no difference. The text was applied before by kubectl; keyferry may have been at work since, and be done.
 */
export async function expectNoDrift(environment: AttachedEnvironment, text: string): Promise<void> {
  const { cluster, kubectl } = environment;
  const said = (await kubectl(['apply', '-f', '-'], text)).trim().split('\n');
  expect(said.filter((line) => !isUnchanged(line))).toEqual([]);
  // A status that is written between kubectl's read and its dry run is no drift, and is not seen at the next look.
  await eventually('kubectl to see no difference', async () => {
    const diff = await kubectlDiff(environment, text);
    if (diff !== '') throw new Error(diff);
    return true;
  });
  const paths = await cluster.applyYaml(text);
  const before = await specsOf(cluster, paths);
  await cluster.applyYaml(text);
  expect(await specsOf(cluster, paths)).toEqual(before);
}

/** Of a PodDisruptionBudget kubectl sends the selector each time, whatever it is, since that is merged by replacing; it changes nothing. */
const isUnchanged = (line: string): boolean =>
  line.endsWith(' unchanged') || /^poddisruptionbudget\.policy\/\S+ configured$/.test(line);

/** The objects, as far as somebody asked for what they say. */
async function specsOf(cluster: Cluster, paths: readonly string[]): Promise<readonly object[]> {
  return Promise.all(paths.map(async (path) => specOf(await cluster.get(path))));
}

function specOf({ status: _status, metadata, ...rest }: KubeObject): object {
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([name]) => name !== REVISION_OF_DEPLOYMENT);
  const told = Object.entries(metadata).filter(([field]) => !OF_THE_CLUSTER.includes(field));
  return { ...rest, metadata: { ...Object.fromEntries(told), annotations: Object.fromEntries(annotations) } };
}
