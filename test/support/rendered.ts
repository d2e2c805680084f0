import { CHART, helm } from './chart.ts';
import type { KubeObject } from './cluster.ts';
import { objectsIn } from './yaml-objects.ts';

/** An object out of the chart. */
export interface Rendered extends KubeObject {
  readonly spec?: { readonly [field: string]: unknown };
  readonly rules?: readonly Rule[];
}

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** The chart's objects for the values (`a.b=c`, as helm takes them); what helm says where it refuses. */
export async function render(
  helmPath: string,
  values: readonly string[],
  namespace = 'keyferry',
): Promise<{ readonly text: string; readonly objects: readonly Rendered[]; readonly refusal: string }> {
  const sets = values.flatMap((value) => ['--set', value]);
  const { code, stdout, stderr } = await helm(helmPath, ['template', 'keyferry', CHART, '-n', namespace, ...sets]);
  if (code !== 0) return { text: '', objects: [], refusal: stderr };
  return { text: stdout, objects: objectsIn<Rendered>(stdout), refusal: '' };
}
