import { globSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { inRepository, ROOT } from '../support/repository.ts';

// What a mistake in a workflow would cost is the release, so some of it is held here. test/conformance/workflows.test.ts asks actionlint.

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly permissions?: unknown;
  readonly jobs: Readonly<
    Record<string, { readonly permissions?: unknown; readonly 'timeout-minutes'?: number; readonly steps: Step[] }>
  >;
}

const workflows = globSync(inRepository('.github', 'workflows', '*')).toSorted();

it('finds the workflows', () => {
  expect(workflows.map((path) => relative(ROOT, path))).toEqual([
    '.github/workflows/ci.yaml',
    '.github/workflows/release.yaml',
  ]);
});

describe.each(workflows.map((path) => ({ name: relative(ROOT, path), text: readFileSync(path, 'utf8') })))(
  '$name',
  ({ text }) => {
    const { permissions, jobs }: Workflow = parse(text);
    const steps = Object.values(jobs).flatMap((job) => job.steps);

    it('takes every action by its commit, and says which version that is', () => {
      const used = [...text.matchAll(/\buses:\s*(.*)$/gm)].map(([, what]) => what ?? '');
      expect(used.length).toBeGreaterThan(2);
      expect(used.filter((what) => !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(what))).toEqual([]);
    });

    it('takes one version of each action', () => {
      const versions = new Map<string, Set<string>>();
      for (const { uses } of steps) {
        const [action = '', commit = ''] = uses?.split('@') ?? [];
        versions.set(action, (versions.get(action) ?? new Set()).add(commit));
      }
      expect([...versions].filter(([, commits]) => commits.size > 1)).toEqual([]);
    });

    it('gives rights to single jobs only, each of which has an end', () => {
      expect(permissions).toEqual({});
      for (const job of Object.values(jobs)) {
        expect(job.permissions).toBeTypeOf('object');
        expect(job['timeout-minutes']).toBeLessThanOrEqual(90);
      }
    });

    it('leaves no credentials in a checkout', () => {
      const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
      expect(checkouts.length).toBe(Object.keys(jobs).length);
      expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([]);
    });

    it('hands no text of others to a shell but through the environment', () => {
      expect(steps.filter(({ run }) => run?.includes('${{'))).toEqual([]);
    });

    it('runs only files that are there', () => {
      const files = steps.flatMap(({ run }) =>
        [...(run ?? '').matchAll(/test\/support\/\S+\.ts/g)].map(([file]) => file),
      );
      expect(files.filter((file) => globSync(inRepository(file)).length === 0)).toEqual([]);
    });
  },
);

it('releases by way of the tests', () => {
  const { jobs } = parse(readFileSync(inRepository('.github', 'workflows', 'release.yaml'), 'utf8'));
  expect(Object.keys(jobs)).toEqual(['test', 'publish', 'announce']);
  expect([jobs.publish.needs, jobs.announce.needs]).toEqual(['test', 'publish']);
  expect(jobs.announce.permissions).toEqual({ contents: 'write' });
  expect(Object.entries(jobs.publish.permissions).filter(([name]) => name === 'contents')).toEqual([
    ['contents', 'read'],
  ]);
});
