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

/** Files of their own beside the bundle, of src/kube: node keeps the text of what it has loaded, and these a pod never needs. */
const APART = ['client-node', 'yaml'] as const;

// Node's own modules are asked for by `require`, which an ES module does not have.
const BANNER = `import { createRequire as keyferryCreateRequire } from 'node:module';
const require = keyferryCreateRequire(import.meta.url);`;

/** What a build makes, and of what. */
export interface Build {
  /** The files of dist/, by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly contents: Contents;
}

/**
 * Bundles src/main.ts of the checkout at `root` with its dependencies, and tells what is in it: the bundle itself; what it loads when it begins to
 * work; what both need; and what is loaded apart; each with a source map. The same sources give the same bytes, wherever the checkout is.
 */
export async function makeBundle(root = ROOT): Promise<Build> {
  const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');
  const manifest = JSON.parse(read('package.json'));
  const main = await bundle(root, manifest.version, ['src', 'main.ts'], 'keyferry', [
    leaveApart,
    precompile,
    withoutCredentialChain,
  ]);
  const apart = [];
  for (const name of APART) apart.push(await bundle(root, manifest.version, ['src', 'kube', `${name}.ts`], name));
  const made = [main, ...apart];
  const contents = readContents(
    made.map(({ metafile }) => metafile),
    root,
  );
  const bill = `${JSON.stringify(billOf(manifest, contents), undefined, 2)}\n`;
  const files = new Map(
    made
      .flatMap(({ outputFiles }) => outputFiles)
      .map((file) => [file.path.slice(join(root, 'dist', '/').length), finished(file.text)]),
  );
  files.set('THIRD-PARTY-LICENSES.txt', Buffer.from(printLicences(contents.packages, read('LICENSE'))));
  files.set('sbom.cdx.json', Buffer.from(bill));
  return { files, contents };
}

const leaveApart: Plugin = {
  name: 'leave-apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: new RegExp(`^\\./(${APART.join('|')})\\.ts$`) }, ({ path }) => ({
      path: path.replace(/ts$/, 'mjs'),
      external: true,
    })),
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

/** What the SDK would load for answers that are streams of events, and in a browser. */
const NEVER_LOADED = ['@smithy/core/event-streams', 'bowser'];

type Bundled = BuildResult<{ write: false; metafile: true }>;

async function bundle(
  root: string,
  version: string,
  entry: readonly string[],
  name: string,
  plugins: Plugin[] = [],
): Promise<Bundled> {
  const bundled = await build({
    entryPoints: { [name]: join(root, ...entry) },
    outdir: join(root, 'dist'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    external: NEVER_LOADED,
    // What is imported at run time is a file of its own, and so is what it shares with the rest: if there were two of these, esbuild would refuse.
    splitting: true,
    chunkNames: '[name]',
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
    plugins,
    metafile: true,
    write: false,
  }).catch(() => undefined);
  // What is wrong, esbuild has printed by itself.
  if (bundled === undefined) throw new Failure(`${entry.join('/')} could not be bundled`);
  return bundled;
}

/** The text as it is shipped, with as many lines as esbuild gave it. */
const finished = (text: string): Uint8Array => Buffer.from(inAscii(requireBuiltins(text)));

/**
 * Asks for node's own modules by `require`. An `import` of one reads all that it exports, and so loads what it has only for those who ask:
 * `node:http` all of undici, `node:crypto` all of Web Crypto.
 */
function requireBuiltins(text: string): string {
  const needs: string[] = [];
  const imports = /^import (?:(\w+)(?:, | ))?(?:\* as (\w+) |\{([^}]*)\} )?(?:from )?"([\w:/]+)";$/gm;
  const rest = text.replaceAll(imports, (all, whole?: string, space?: string, named?: string, path = '') => {
    if (!isBuiltin(path)) return all;
    const members = named?.replaceAll(/\s+/g, ' ').replaceAll(' as ', ': ');
    const names = [whole, space, members && `{${members}}`].filter((name) => name !== undefined);
    needs.push(...names.map((name) => `${name} = require("${path}")`));
    return '\n'.repeat(all.split('\n').length - 1);
  });
  const awaited = rest.replaceAll(/\bimport\("([\w:/]+)"\)/g, (all, path) =>
    isBuiltin(path) ? `Promise.resolve(require("${path}"))` : all,
  );
  // Before all that may use them, in the last line of the banner.
  return needs.length === 0 ? awaited : awaited.replace(BANNER, (banner) => `${banner} const ${needs.join(', ')};`);
}

/**
 * What esbuild leaves in regular expressions and comments, escaped too: with one character beyond Latin-1, node keeps the whole text in
 * memory with two bytes for each.
 */
const inAscii = (text: string): string =>
  text.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

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
