import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { build } from 'esbuild';
import { explain, Failure } from './failure.ts';
import { inRepository } from './repository.ts';

/** The file that a build makes. */
export const BUNDLE = inRepository('dist', 'keyferry.mjs');

// Dependencies in CommonJS ask for node's own modules by `require`, which an ES module does not have.
const BANNER = `import { createRequire as keyferryCreateRequire } from 'node:module';
const require = keyferryCreateRequire(import.meta.url);`;

/** Bundles src/main.ts with its dependencies into one file with a source map. */
export async function buildBundle(): Promise<void> {
  const { version }: { version: string } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8'));
  const result = await build({
    entryPoints: [inRepository('src', 'main.ts')],
    outfile: BUNDLE,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    sourcemap: true,
    legalComments: 'none',
    banner: { js: BANNER },
    define: { KEYFERRY_VERSION: JSON.stringify(version) },
    logLevel: 'warning',
    write: false,
  }).catch(() => undefined);
  // What is wrong, esbuild has printed by itself.
  if (result === undefined) throw new Failure('src/main.ts could not be bundled');
  for (const { path, contents } of result.outputFiles) replaceFile(path, contents);
}

/** Whoever runs the file meanwhile sees it whole, as it was or as it is. */
function replaceFile(path: string, contents: Uint8Array): void {
  const draft = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(draft, contents);
  if (path === BUNDLE) chmodSync(draft, 0o755);
  renameSync(draft, path);
}

if (import.meta.main) {
  await buildBundle().catch((error: unknown) => {
    console.error(explain(error).text);
    process.exitCode = 1;
  });
}
