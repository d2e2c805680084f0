import { chmodSync, cpSync, mkdirSync, rmSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildBundle } from '../build.ts';
import { explain, Failure } from '../failure.ts';
import { inRepository } from '../repository.ts';

/**
 * What the image adds to its base, and where from. This is the only list: the Dockerfile copies the tree that is laid by
 * it, whole. The source map stays out, since node would keep 49 MB of memory for it.
 */
export const IMAGE_FILES: readonly { readonly path: string; readonly from: string }[] = [
  { path: '/app/keyferry.mjs', from: 'dist/keyferry.mjs' },
  { path: '/app/chunk.mjs', from: 'dist/chunk.mjs' },
  { path: '/app/work.mjs', from: 'dist/work.mjs' },
  { path: '/app/client-node.mjs', from: 'dist/client-node.mjs' },
  { path: '/app/yaml.mjs', from: 'dist/yaml.mjs' },
  { path: '/app/LICENSE', from: 'LICENSE' },
  { path: '/app/THIRD-PARTY-LICENSES.txt', from: 'dist/THIRD-PARTY-LICENSES.txt' },
  { path: '/app/sbom.cdx.json', from: 'dist/sbom.cdx.json' },
];

/** Files of the base: so nothing in the layer depends on when it was made. */
const EPOCH = new Date(0);

/** Lays the files of the image below a folder, as the image has them. What was in the folder goes. Needs a build in dist/. */
export function layImage(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  for (const { path, from } of IMAGE_FILES) {
    const to = join(folder, path);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(inRepository(from), to);
    chmodSync(to, 0o444);
    utimesSync(to, EPOCH, EPOCH);
  }
  for (const each of new Set(IMAGE_FILES.map(({ path }) => join(folder, dirname(path))))) {
    chmodSync(each, 0o755);
    utimesSync(each, EPOCH, EPOCH);
  }
  chmodSync(folder, 0o755);
}

async function main([folder]: readonly string[]): Promise<void> {
  if (folder === undefined) throw new Failure('say in which folder the files of the image are to be laid', 2);
  await buildBundle();
  layImage(folder);
}

if (import.meta.main) {
  await main(process.argv.slice(2)).catch((error: unknown) => {
    const { text, exitCode } = explain(error);
    console.error(text);
    process.exitCode = exitCode;
  });
}
