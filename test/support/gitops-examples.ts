import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from './cluster.ts';
import type { Expressions } from './judge.ts';
import { inRepository } from './repository.ts';

const read = (...path: readonly string[]): readonly KubeObject[] =>
  parseAllDocuments(readFileSync(inRepository('examples', ...path), 'utf8')).map((document) => document.toJS());

function find<T extends object>(objects: readonly KubeObject[], kind: string): KubeObject & T {
  const found = objects.find((object) => object.kind === kind);
  if (found === undefined) throw new Error(`the example has no ${kind}`);
  return found as KubeObject & T;
}

/** The health check that examples/argocd gives Argo CD for the kind. */
export function healthCheckOf(kind: string): string {
  const { data } = find<{ data: Record<string, string> }>(read('argocd', 'health.yaml'), 'ConfigMap');
  const script = data[`resource.customizations.health.keyferry.dev_${kind}`];
  if (script === undefined) throw new Error(`there is no health check for ${kind}`);
  return script;
}

/** The expressions that examples/flux gives Flux for the kind. */
export function expressionsOf(kind: string): Expressions {
  type Entry = Expressions & { readonly apiVersion: string; readonly kind: string };
  const { spec } = find<{ spec: { healthCheckExprs: readonly Entry[] } }>(read('flux', 'team.yaml'), 'Kustomization');
  const entry = spec.healthCheckExprs.find((each) => each.apiVersion === 'keyferry.dev/v1alpha1' && each.kind === kind);
  if (entry === undefined) throw new Error(`there are no expressions for ${kind}`);
  const { apiVersion: _apiVersion, kind: _kind, ...expressions } = entry;
  return expressions;
}

/** The jqPathExpressions that examples/argocd gives Argo CD for a group. */
export function ignoredPathsOf(group: string): readonly string[] {
  type Ignored = { readonly group: string; readonly jqPathExpressions: readonly string[] };
  const { spec } = find<{ spec: { ignoreDifferences: readonly Ignored[] } }>(
    read('argocd', 'team.yaml'),
    'Application',
  );
  const paths = spec.ignoreDifferences.find((each) => each.group === group)?.jqPathExpressions;
  if (paths === undefined) throw new Error(`nothing is ignored in the group ${group}`);
  return paths;
}
