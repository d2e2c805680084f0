import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { Failure } from '../failure.ts';

/** A package of which the bundle holds code. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** By SPDX. */
  readonly licence: string;
  /** Where its source is, as the package says. */
  readonly source: string | undefined;
  /** SHA-512 of what npm installed it from, in hexadecimal. */
  readonly sha512: string | undefined;
  /** What it says of its licence, and its notices; empty where it brings neither. */
  readonly texts: readonly string[];
  /** The other packages that its code imports, by `name@version`. */
  readonly imports: readonly string[];
}

/** What a bundle is made of: packages by name, and those that our own code imports. */
export interface Contents {
  readonly packages: readonly BundledPackage[];
  readonly imports: readonly string[];
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly repository?: string | { readonly url?: string };
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly integrity?: string }>>;
}

/** `name@version`. */
export const idOf = ({ name, version }: { readonly name: string; readonly version: string }): string =>
  `${name}@${version}`;

/** What esbuild says it put into the files of code that it wrote, one in each run, in a checkout at `root`. */
export function readContents(runs: readonly Metafile[], root: string): Contents {
  const files = runs
    .flatMap(({ outputs }) => Object.entries(outputs).filter(([path]) => path.endsWith('.mjs')))
    .flatMap(([, { inputs }]) => Object.entries(inputs))
    .flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []));
  const lock: Lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const folders = [...new Set(files.map(folderOf))].toSorted();
  const importsOf = (folder: string): string[] => {
    // Also of files that only pass on what others export, and so have no byte of their own in the bundle.
    const all = runs
      .flatMap(({ inputs }) => Object.entries(inputs))
      .filter(([path]) => folderOf(path) === folder)
      .flatMap(([, input]) => input.imports.map((each) => folderOf(each.path)))
      .filter((target) => target !== folder && target !== OURS && folders.includes(target));
    return [...new Set(all)].map((target) => idOf(read(root, target))).toSorted();
  };
  const packages = folders
    .filter((folder) => folder !== OURS)
    .map((folder) => ({
      ...read(root, folder),
      sha512: hexOf(lock.packages[folder]?.integrity),
      imports: importsOf(folder),
    }));
  return { packages: packages.toSorted(byName), imports: importsOf(OURS) };
}

const OURS = '';

/** The folder of the package that a file belongs to; empty for our own. */
function folderOf(path: string): string {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? OURS;
}

function read(root: string, folder: string): Omit<BundledPackage, 'imports' | 'sha512'> {
  const manifest: Manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const { name, version, license, repository } = manifest;
  if (name === undefined || version === undefined || license === undefined)
    throw new Failure(`${folder}/package.json does not say its name, version and licence`);
  const url = typeof repository === 'string' ? repository : repository?.url;
  const texts = readdirSync(join(root, folder))
    .filter((file) => /^(licen[cs]e|notice|copying)(\.(md|txt))?$/i.test(file))
    .toSorted()
    .map((file) =>
      readFileSync(join(root, folder, file), 'utf8')
        .replaceAll('\r\n', '\n')
        .trim(),
    );
  return { name, version, licence: license, source: sourceOf(url), texts };
}

/** The forms in which packages name their repository, as an address for a browser. */
function sourceOf(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const short = /^(?:github:)?([\w.-]+\/[\w.-]+)$/.exec(url)?.[1];
  if (short !== undefined) return `https://github.com/${short}`;
  const [, host, path] = /^(?:git\+)?(?:\w+:\/\/)?(?:git@)?([\w.-]+)[/:](.+?)(?:\.git)?$/.exec(url) ?? [];
  return host === undefined ? undefined : `https://${host}/${path}`;
}

const hexOf = (integrity: string | undefined): string | undefined =>
  integrity?.startsWith('sha512-') === true
    ? Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex')
    : undefined;

const byName = (one: BundledPackage, other: BundledPackage): number => (idOf(one) < idOf(other) ? -1 : 1);
