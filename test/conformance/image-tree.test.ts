import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Finished, runCommand, runDirectory } from '../support/processes.ts';
import { parseDockerfile, textsOf } from '../support/release/dockerfile.ts';
import { IMAGE_FILES } from '../support/release/image.ts';
import { inRepository, ROOT } from '../support/repository.ts';

// The stage of the Dockerfile that builds, done with plain files in a folder that holds nothing but what it copies.

const [stage] = parseDockerfile(readFileSync(inRepository('Dockerfile'), 'utf8'));
const place = runDirectory('elsewhere');
const copy = join(place, 'deep', 'down', 'build');

function copySources(): void {
  for (const words of textsOf(stage, 'COPY').map((text) => text.split(/\s+/))) {
    const to = words.at(-1) ?? '';
    for (const from of words.slice(0, -1)) {
      cpSync(inRepository(from), join(copy, to.endsWith('/') ? join(to, from) : to), { recursive: true });
    }
  }
}

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly dev?: boolean; readonly devOptional?: boolean; readonly optional?: boolean }>
  >;
}

/** What `npm ci` puts there, as far as a build needs it: in place, since a link's module would be named by where it leads. */
function copyPackages(): void {
  const { packages }: Lock = JSON.parse(readFileSync(inRepository('node_modules', '.package-lock.json'), 'utf8'));
  const isOfBuild = (path: string): boolean => /^node_modules\/(@esbuild\/[^/]+|esbuild)$/.test(path);
  const needed = Object.entries(packages).filter(
    ([path, { dev, devOptional, optional }]) => isOfBuild(path) || !(dev || devOptional || optional),
  );
  for (const [path] of needed) {
    for (const file of readdirSync(inRepository(path), { recursive: true, encoding: 'utf8' })) {
      if (statSync(inRepository(path, file)).isFile()) linkOrCopy(join(path, file));
    }
  }
}

function linkOrCopy(path: string): void {
  const to = join(copy, path);
  mkdirSync(dirname(to), { recursive: true });
  try {
    linkSync(inRepository(path), to);
  } catch {
    copyFileSync(inRepository(path), to);
  }
}

/** Does the last RUN of the stage in a folder, with a place for the tree that it makes. */
function build(folder: string, tree: string): Promise<Finished> {
  const [program = '', ...args] = (textsOf(stage, 'RUN').at(-1) ?? '')
    .split(' ')
    .map((word) => (word === '/image' ? tree : word));
  expect(program).toBe('node');
  return runCommand(process.execPath, args, { cwd: folder });
}

/** Each file below a folder with its hash. */
const hashesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => statSync(join(folder, path)).isFile())
      .toSorted()
      .map((path) => [
        `/${path}`,
        createHash('sha256')
          .update(readFileSync(join(folder, path)))
          .digest('hex'),
      ]),
  );

const trees = [join(place, 'here'), join(place, 'there')] as const;

beforeAll(async () => {
  copySources();
  copyPackages();
  for (const [at, folder] of [ROOT, copy].entries()) {
    expect(await build(folder, trees[at] ?? '')).toMatchObject({ code: 0, stderr: '' });
  }
});

describe('the files of the image', () => {
  it('are those of the list, for everybody to read and nobody to write, and older than every build', () => {
    const [tree] = trees;
    expect(Object.keys(hashesOf(tree))).toEqual(IMAGE_FILES.map(({ path }) => path).toSorted());
    const stats = IMAGE_FILES.map(({ path }) => statSync(join(tree, path)));
    expect(stats.map(({ mode, mtimeMs }) => [mode & 0o777, mtimeMs])).toEqual(IMAGE_FILES.map(() => [0o444, 0]));
  });

  it('have the same bytes when only what the Dockerfile copies is built in another folder', () => {
    const [here, there] = trees;
    expect(hashesOf(there)).toEqual(hashesOf(here));
  });

  it('are the same with their source map', () => {
    expect(hashesOf(join(copy, 'dist'))).toEqual(hashesOf(inRepository('dist')));
  });

  it('name no place on the machine that built them', () => {
    const dist = join(copy, 'dist');
    const naming = readdirSync(dist).filter((file) => readFileSync(join(dist, file), 'utf8').includes(place));
    expect(naming).toEqual([]);
  });
});
