import { expressionsOf, healthCheckOf } from './gitops-examples.ts';
import { type Answer, judge } from './judge.ts';

/** What the tools make of an object, with the health checks and expressions of examples/. */
export interface Verdict {
  readonly argocd: Answer;
  /** helm --wait, and Flux without expressions. */
  readonly kstatus: Answer;
  readonly flux: Answer;
}

/** Asks all tools about objects of keyferry's kinds. */
export async function verdictsOn(objects: readonly { readonly kind: string }[]): Promise<readonly Verdict[]> {
  const answers = await judge(
    objects.flatMap((object) => [
      { ask: 'lua' as const, object, script: healthCheckOf(object.kind) },
      { ask: 'kstatus' as const, object },
      { ask: 'cel' as const, object, expressions: expressionsOf(object.kind) },
    ]),
  );
  return objects.map((_object, at) => {
    const [argocd = {}, kstatus = {}, flux = {}] = answers.slice(3 * at, 3 * at + 3);
    return { argocd, kstatus, flux };
  });
}
