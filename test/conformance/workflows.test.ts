import { globSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { ensurePart } from '../support/parts.ts';
import { runCommand } from '../support/processes.ts';
import { inRepository } from '../support/repository.ts';

let actionlint: string;
beforeAll(async () => {
  actionlint = await ensurePart('actionlint');
}, 300_000);

it('actionlint finds nothing wrong with the workflows', async () => {
  const files = globSync(inRepository('.github', 'workflows', '*.yaml'));
  expect(files.length).toBeGreaterThan(1);
  expect(await runCommand(actionlint, ['-color=false', ...files])).toMatchObject({ code: 0, stdout: '', stderr: '' });
});

it('actionlint finds what is wrong', async () => {
  const input = 'on: push\njobs:\n  a:\n    needs: b\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo\n';
  const { code, stdout } = await runCommand(actionlint, ['-color=false', '-'], { input });
  expect(code).toBe(1);
  expect(stdout).toContain('job "a" needs job "b" which does not exist');
});
