import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUNDLE } from '../support/build.ts';
import { attachEnvironment } from '../support/environment.ts';
import { type Finished, runCommand, runDirectory } from '../support/processes.ts';
import { inRepository } from '../support/repository.ts';

/** Runs keyferry with these arguments, in an environment that holds nothing else. */
const keyferry = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> =>
  runCommand(process.execPath, [BUNDLE, ...args], { env: { PATH: process.env.PATH, ...env } });

describe.concurrent('a mistake on the command line', () => {
  const cases: readonly { args: string; env?: Record<string, string>; says: string }[] = [
    { args: 'operator --bogus', says: "unknown option '--bogus'" },
    { args: 'operator --worker 3', says: 'Did you mean --workers?' },
    { args: 'operate', says: 'Did you mean operator?' },
    { args: 'operator extra', says: 'extra' },
    { args: 'operator --kubeconfig', says: "option '--kubeconfig <file>' argument missing" },
    { args: 'operator --workers many', says: 'Want a number from 1 to 1000.' },
    { args: 'operator --workers 0', says: "'--workers <n>' argument '0' is invalid" },
    { args: 'operator --metrics-address 8080', says: 'Want HOST:PORT, such as 127.0.0.1:8080 or :8080.' },
    { args: 'operator --metrics-address :99999', says: "argument ':99999' is invalid" },
    { args: 'operator --operator-namespace Not_One', says: 'Want the name of a namespace.' },
    { args: 'operator --aws-rate parameter-store=fast', says: 'Want GROUP=CALLS' },
    { args: 'operator --aws-rate lambda=3', says: 'groups: secrets-manager-batch, secrets-manager-get' },
    { args: 'operator --log-level loud', says: 'Allowed choices are debug, info, warn, error.' },
    { args: 'operator --log-format xml', says: 'Allowed choices are json, text.' },
    { args: 'operator', says: 'no cluster to work on: give --kubeconfig FILE, set KUBECONFIG, or run in a pod' },
    { args: 'operator', env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, says: 'NODE_TLS_REJECT_UNAUTHORIZED=0' },
  ];
  for (const { args, env = {}, says } of cases) {
    it(`ends with 2 and a line that names it: ${Object.keys(env).join()} ${args}`, async () => {
      const { code, stdout, stderr } = await keyferry(args.split(' '), env);
      expect(stderr).toContain(says);
      // The mistake, a guess at what was meant, and where help is.
      expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(3);
      expect(stdout).toBe('');
      expect(code).toBe(2);
    });
  }

  it('ends with 2 and the help when there is no command at all', async () => {
    const { code, stderr } = await keyferry([]);
    expect(stderr).toContain('Usage: keyferry');
    expect(code).toBe(2);
  });
});

describe.concurrent('a question', () => {
  it.for(['--help', 'operator --help', 'help operator'])('is answered with examples: %s', async (args) => {
    const { code, stdout, stderr } = await keyferry(args.split(' '));
    expect(stdout).toContain('Usage: keyferry');
    expect(stdout).toContain('keyferry operator --kubeconfig ~/.kube/config');
    expect(stdout).toContain('Exit codes:');
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('about the version is answered with that of the package', async () => {
    const { version }: { version: string } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8'));
    expect(await keyferry(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('about the operator names every flag', async () => {
    const { stdout } = await keyferry(['operator', '--help']);
    const flags = [
      'kubeconfig',
      'metrics-address',
      'operator-namespace',
      'workers',
      'aws-rate',
      'log-level',
      'log-format',
    ];
    expect(flags.filter((flag) => !stdout.includes(`--${flag} <`))).toEqual([]);
  });
});

describe.concurrent('a start that cannot succeed', () => {
  const message = ({ stdout }: Finished): string => {
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    const { level, msg }: { level: string; msg: string } = JSON.parse(lines[0] ?? '');
    expect(level).toBe('error');
    return msg;
  };

  it('ends with 1 and names the kubeconfig that is not there', async () => {
    const ended = await keyferry(['operator', '--kubeconfig', '/nowhere/config']);
    expect(message(ended)).toBe('--kubeconfig: /nowhere/config: there is no such file');
    expect(ended.code).toBe(1);
    const byVariable = await keyferry(['operator'], { KUBECONFIG: '/nowhere/config' });
    expect(message(byVariable)).toBe('KUBECONFIG: /nowhere/config: there is no such file');
    expect(byVariable.code).toBe(1);
  });

  it('ends with 1 and quotes nothing of a kubeconfig that is no YAML', async () => {
    const file = join(runDirectory('kubeconfig'), 'config');
    writeFileSync(file, 'token: "canary-in-the-kubeconfig\nusers: [');
    const ended = await keyferry(['operator', '--kubeconfig', file]);
    expect(message(ended)).toContain('it is no valid YAML');
    expect(ended.stdout + ended.stderr).not.toContain('canary');
    expect(ended.code).toBe(1);
  });

  it('ends with 1 and names the flag when its metrics address is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const { kubeconfigPath } = attachEnvironment();
      const flags = ['--kubeconfig', kubeconfigPath, '--metrics-address', `127.0.0.1:${port}`];
      const ended = await keyferry(['operator', ...flags]);
      const cure = 'another process listens there; choose another port';
      expect(message(ended)).toBe(`--metrics-address: cannot listen on 127.0.0.1:${port}: ${cure}`);
      expect(ended.code).toBe(1);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
