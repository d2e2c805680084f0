import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Lock {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>;
}

const lock: Lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'));

// A registry that lacks a package for some other platform makes npm leave it out of the lock file, and then `npm ci` refuses the clone.
it('names the optional packages of all platforms in the lock file', () => {
  const present = Object.keys(lock.packages);
  const missing = Object.values(lock.packages)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter((name) => !present.some((path) => path.endsWith(`node_modules/${name}`)));
  expect(missing).toEqual([]);
});

it('names no registry in the lock file', () => {
  expect(JSON.stringify(lock)).not.toMatch(/"resolved":/);
});
