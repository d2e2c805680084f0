import { globSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from './cluster.ts';
import { inRepository, ROOT } from './repository.ts';

/** A piece of YAML that README.md or a page of docs/ shows, or a file of examples/. */
export interface DocumentedYaml {
  /** `docs/reference.md:23`, the line where it begins. */
  readonly place: string;
  readonly content: unknown;
}

/** A whole object: what a reader may apply as it stands. */
export interface DocumentedObject {
  readonly place: string;
  readonly manifest: KubeObject & { readonly apiVersion: string; readonly kind: string };
}

const pages = (): readonly string[] =>
  [
    inRepository('README.md'),
    ...globSync(inRepository('docs', '**', '*.md')),
    ...globSync(inRepository('examples', '*.yaml')),
  ].toSorted();

/** The YAML of all pages, in the order in which they show it. Throws where one is no YAML. */
export const readDocumentedYaml = (): readonly DocumentedYaml[] =>
  pages().flatMap((page) => {
    const text = readFileSync(page, 'utf8');
    const name = relative(ROOT, page);
    if (page.endsWith('.yaml')) return documentsOf(text, `${name}:1`);
    return [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].flatMap(({ index, 1: block = '' }) =>
      documentsOf(block, `${name}:${text.slice(0, index).split('\n').length + 1}`),
    );
  });

function documentsOf(text: string, place: string): readonly DocumentedYaml[] {
  return parseAllDocuments(text).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`${place}: ${error.message}`);
    return { place, content: document.toJS() };
  });
}

/** Those of them that are whole objects. */
export const readDocumentedObjects = (): readonly DocumentedObject[] =>
  readDocumentedYaml().flatMap(({ place, content }) => (isManifest(content) ? [{ place, manifest: content }] : []));

const isManifest = (content: unknown): content is DocumentedObject['manifest'] =>
  typeof content === 'object' && content !== null && 'apiVersion' in content && 'kind' in content;
