import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { type BuildResult, build, type Plugin } from 'esbuild';
import { explain, Failure } from './failure.ts';
import { precompile } from './precompile.ts';
import { printLicences } from './release/licences.ts';
import { type Contents, readContents } from './release/packages.ts';
import { billOf } from './release/sbom.ts';
import { inRepository, ROOT } from './repository.ts';

/** The file that a build makes to be run. */
export const BUNDLE = inRepository('dist', 'keyferry.mjs');

/** What src/kube/client-node.ts brings is a file of its own: node keeps the text of what it has loaded, and this is rarely needed. */
const APART = 'client-node';

// Dependencies in CommonJS ask for node's own modules by `require`, which an ES module does not have.
const BANNER = `import { createRequire as keyferryCreateRequire } from 'node:module';
const require = keyferryCreateRequire(import.meta.url);`;

/** What a build makes, and of what. */
export interface Build {
  /** The files of dist/, by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly contents: Contents;
}

/**
 * Bundles src/main.ts of the checkout at `root` with its dependencies into one file with a source map, but for what is loaded apart, and
 * tells what is in them. The same sources give the same bytes, wherever the checkout is.
 */
export async function makeBundle(root = ROOT): Promise<Build> {
  const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');
  const manifest = JSON.parse(read('package.json'));
  const main = await bundle(root, manifest.version, ['src', 'main.ts'], 'keyferry', [
    leaveApart,
    precompile,
    withoutCredentialChain,
  ]);
  const apart = await bundle(root, manifest.version, ['src', 'kube', `${APART}.ts`], APART);
  const contents = readContents([main.metafile, apart.metafile], root);
  const bill = `${JSON.stringify(billOf(manifest, contents), undefined, 2)}\n`;
  const files = new Map(
    [...main.outputFiles, ...apart.outputFiles].map((file) => [
      file.path.slice(join(root, 'dist', '/').length),
      inAscii(file.contents),
    ]),
  );
  files.set('THIRD-PARTY-LICENSES.txt', Buffer.from(printLicences(contents.packages, read('LICENSE'))));
  files.set('sbom.cdx.json', Buffer.from(bill));
  return { files, contents };
}

const leaveApart: Plugin = {
  name: 'leave-apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: new RegExp(`^\\./${APART}\\.ts$`) }, () => ({ path: `./${APART}.mjs`, external: true })),
};

/**
 * Node's own modules, by `require`. An `import` of one reads all that it exports, and so loads what it has only for those who ask: `node:http` all
 * of undici, `node:crypto` all of Web Crypto.
 */
const requireBuiltins: Plugin = {
  name: 'require-builtins',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^[a-z]/ }, ({ path, kind }) =>
      kind !== 'require-call' && isBuiltin(path) ? { path, namespace: 'builtin' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

/**
 * The SDK's own search for credentials (environment, files, metadata of the machine), which keyferry never uses: a store reads as what it names.
 * Without it the bundle is a tenth smaller, and nobody can read as the machine by mistake.
 */
const withoutCredentialChain: Plugin = {
  name: 'without-credential-chain',
  setup: ({ onResolve, onLoad }) => {
    const name = '@aws-sdk/credential-provider-node';
    onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: name, namespace: 'left-out' }));
    onLoad({ filter: /./, namespace: 'left-out' }, () => ({
      contents: `export const defaultProvider = () => async () => {
  throw new Error('keyferry does not look for credentials by itself');
};`,
    }));
  },
};

type Bundled = BuildResult<{ write: false; metafile: true }>;

async function bundle(
  root: string,
  version: string,
  entry: readonly string[],
  name: string,
  plugins: Plugin[] = [],
): Promise<Bundled> {
  const bundled = await build({
    entryPoints: [join(root, ...entry)],
    outfile: join(root, 'dist', `${name}.mjs`),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // Where a package brings ES modules, too: of these, what nobody imports is left out.
    mainFields: ['module', 'main'],
    sourcemap: true,
    legalComments: 'none',
    banner: { js: BANNER },
    define: { KEYFERRY_VERSION: JSON.stringify(version) },
    logLevel: 'warning',
    // The names of modules in the bundle are relative to it; otherwise to where the build was started.
    absWorkingDir: root,
    plugins: [...plugins, requireBuiltins],
    metafile: true,
    write: false,
  }).catch(() => undefined);
  // What is wrong, esbuild has printed by itself.
  if (bundled === undefined) throw new Failure(`${entry.join('/')} could not be bundled`);
  return bundled;
}

/**
 * What esbuild leaves in regular expressions and comments, escaped too: with one character beyond Latin-1, node keeps the whole text in
 * memory with two bytes for each.
 */
function inAscii(contents: Uint8Array): Uint8Array {
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return Buffer.from(
    Buffer.from(contents)
      .toString('utf8')
      .replaceAll(/[^\0-\x7f]/g, escaped),
  );
}

/** Writes what a build makes to dist/ of this checkout. */
export async function buildBundle(): Promise<void> {
  const { files } = await makeBundle();
  for (const [name, contents] of files) replaceFile(inRepository('dist', name), contents);
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
