import { readFileSync } from 'node:fs';
import type { KubeObject } from './cluster.ts';
import type { Expressions } from './judge.ts';
import { inRepository } from './repository.ts';
import { objectsIn, ofKind } from './yaml-objects.ts';

/** The objects of a file of examples/. */
export const readExample = (...path: readonly string[]): readonly KubeObject[] =>
  objectsIn(readFileSync(inRepository('examples', ...path), 'utf8'));

/** The health check that examples/argocd gives Argo CD for the kind. */
export function healthCheckOf(kind: string): string {
  const { data } = ofKind<{ data: Record<string, string> }>(readExample('argocd', 'health.yaml'), 'ConfigMap');
  const script = data[`resource.customizations.health.keyferry.dev_${kind}`];
  if (script === undefined) throw new Error(`there is no health check for ${kind}`);
  return script;
}

/** The expressions that examples/flux gives Flux for the kind. */
export function expressionsOf(kind: string): Expressions {
  type Entry = Expressions & { readonly apiVersion: string; readonly kind: string };
  const { spec } = ofKind<{ spec: { healthCheckExprs: readonly Entry[] } }>(
    readExample('flux', 'team.yaml'),
    'Kustomization',
  );
  const entry = spec.healthCheckExprs.find((each) => each.apiVersion === 'keyferry.dev/v1alpha1' && each.kind === kind);
  if (entry === undefined) throw new Error(`there are no expressions for ${kind}`);
  const { apiVersion: _apiVersion, kind: _kind, ...expressions } = entry;
  return expressions;
}

/** The jqPathExpressions that examples/argocd gives Argo CD for a group. */
export function ignoredPathsOf(group: string): readonly string[] {
  type Ignored = { readonly group: string; readonly jqPathExpressions: readonly string[] };
  const { spec } = ofKind<{ spec: { ignoreDifferences: readonly Ignored[] } }>(
    readExample('argocd', 'team.yaml'),
    'Application',
  );
  const paths = spec.ignoreDifferences.find((each) => each.group === group)?.jqPathExpressions;
  if (paths === undefined) throw new Error(`nothing is ignored in the group ${group}`);
  return paths;
}
