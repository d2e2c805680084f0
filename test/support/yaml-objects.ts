import { parseAllDocuments } from 'yaml';
import type { KubeObject } from './cluster.ts';

/** The objects in a text of YAML documents, in their order; empty documents are left out. */
export const objectsIn = <T extends KubeObject = KubeObject>(text: string): T[] =>
  parseAllDocuments(text).flatMap((document): T[] => document.toJS() ?? []);

/** The first object of the kind. */
export function ofKind<T extends object>(objects: readonly KubeObject[], kind: string): KubeObject & T {
  const found = objects.find((object) => object.kind === kind);
  if (found === undefined) throw new Error(`there is no ${kind}`);
  return found as KubeObject & T;
}
