import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand, runDirectory } from '../support/processes.ts';
import { inRepository } from '../support/repository.ts';

const bench = (...args: string[]) => runCommand(process.execPath, [inRepository('test', 'bench', 'bench.ts'), ...args]);

interface Report {
  readonly node: string;
  readonly figures: readonly { readonly what: string; readonly value: number; readonly missed: boolean }[];
}

describe.concurrent('the bench', () => {
  // Times are never held against anything here: a test machine is as busy as it is.
  it('measures a first sync, prints a table, and writes JSON', { timeout: 300_000 }, async () => {
    const file = join(runDirectory('bench'), 'report.json');
    const { code, stdout, stderr } = await bench('cold', '--count', '20', '--out', file);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^cold +cold sync of 20 +[\d.]+ s +[\d.]+ s \(1\.3 × floor\) +[\d.]+ s/m);
    expect(stderr).toMatch(/the first sync of 20: done in/);
    const { figures }: Report = JSON.parse(readFileSync(file, 'utf8'));
    expect(figures.map(({ what }) => what)).toEqual(['cold sync of 20', 'its AWS calls', 'its STS calls']);
    expect(figures.every(({ value }) => value > 0)).toBe(true);
    // Trades of tokens for credentials do not hang on how busy the machine is.
    expect(figures.find(({ what }) => what === 'its STS calls')).toMatchObject({ value: 1, missed: false });
  });

  it('says what it can do, and what it cannot', { timeout: 60_000 }, async () => {
    const help = await bench('--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('npm run bench -- cold --count 5000');
    const refused = await bench('warm');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^error: there is no row warm: want cold, .*; see npm run bench -- --help\n$/);
  });
});
