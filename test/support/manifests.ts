import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import type { Kind } from '../../src/api/parse.ts';
import type { KubeObject } from './cluster.ts';

export type Manifest = KubeObject & { readonly kind: Kind; readonly apiVersion: string };

/** One document of the corpus test/conformance/manifests. */
export interface CorpusCase {
  /** `intervals: ExternalSecret interval-days`. */
  readonly title: string;
  readonly text: string;
  readonly manifest: Manifest;
  /** The path that a leading `# expect:` names. */
  readonly expected: string | undefined;
}

const folder = fileURLToPath(new URL('../conformance/manifests/', import.meta.url));

/** The documents of one side of the corpus, in the order of their files. */
export function readCorpus(side: 'valid' | 'invalid'): readonly CorpusCase[] {
  return globSync(`${folder}${side}/*.yaml`)
    .toSorted()
    .flatMap((file) =>
      readFileSync(file, 'utf8')
        .split(/^---\n/m)
        .map((text) => {
          const manifest: Manifest = parseDocument(text).toJS();
          const title = `${basename(file, '.yaml')}: ${manifest.kind} ${manifest.metadata.name}`;
          return { title, text, manifest, expected: /^# expect: (.+)$/m.exec(text)?.[1] };
        }),
    );
}
