// The way in for `npm run demo`, `npm run bench` and `npm test`: right after `git clone`, with nothing installed, on any Node from 20 on.
// Installs the packages when they are missing or older than the lock file, and hands over to a TypeScript file that runs
// on Node 24. What it starts, reaper.mjs ends, should this process be killed.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = join(ROOT, 'node_modules', '.bin');
const PROGRAMS = { demo: 'test/demo/demo.ts', bench: 'test/bench/bench.ts', test: 'test/support/test.ts' };
const OLDEST_HERE = [20, 0];
const OLDEST_FOR_TYPESCRIPT = [24, 15];
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };

const fail = (message, code = 2) => {
  console.error(`error: ${message}`);
  process.exit(code);
};

const isAtLeast = (version, [major, minor]) => {
  const [itsMajor, itsMinor] = version.replace(/^v/, '').split('.').map(Number);
  return itsMajor > major || (itsMajor === major && itsMinor >= minor);
};

const modifiedAt = (path) => statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
const mustInstall = () => modifiedAt('node_modules/.package-lock.json') < modifiedAt('package-lock.json');

// ------------------------------------------------------------------------------------------------ one child at a time

const directory = mkdtempSync(join(tmpdir(), 'keyferry-bootstrap-'));
mkdirSync(join(directory, 'reapers'));
const reaper = spawn(
  process.execPath,
  [fileURLToPath(new URL('reaper.mjs', import.meta.url)), join(directory, 'reapers'), 'outer'],
  { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' },
);
reaper.stdin.on('error', () => {});
reaper.stdin.write(`${JSON.stringify({ remove: directory })}\n`);

let child;
let interruptedBy;

/** Passes a signal on. The child takes everything down and ends, and with it this process. */
function interrupt(name) {
  interruptedBy ??= name;
  child?.kill(name);
}

for (const name of Object.keys(SIGNALS)) process.on(name, () => interrupt(name));

function run(command, args, options) {
  return new Promise((resolve) => {
    child = spawn(command, args, { cwd: ROOT, detached: true, ...options });
    reaper.stdin.write(`${JSON.stringify({ watch: child.pid, signal: 'SIGTERM' })}\n`);
    child.once('error', (error) => fail(`${command} could not be started: ${error.message}`, 1));
    child.once('exit', (code, signal) => {
      reaper.stdin.write(`${JSON.stringify({ forget: child.pid })}\n`);
      resolve(code ?? 128 + (SIGNALS[signal] ?? 9));
    });
  });
}

async function end(code) {
  const ended = new Promise((resolve) => reaper.once('exit', resolve));
  reaper.stdin.end();
  await ended;
  process.exit(code);
}

/** When npm is killed, nobody passes a Ctrl-C on any more: a parent that has changed or died counts as one. */
function watchParents() {
  const [parent, grandparent] = [process.ppid, process.env.npm_execpath === undefined ? 0 : shellsParent(process.ppid)];
  const isGone = () => {
    if (process.ppid !== parent) return true;
    try {
      return grandparent > 0 && !process.kill(grandparent, 0);
    } catch (error) {
      return error.code === 'ESRCH';
    }
  };
  setInterval(() => isGone() && interrupt('SIGHUP'), 500).unref();
}

/** npm starts scripts through a shell, which stays behind when npm is killed. */
function shellsParent(pid) {
  try {
    const [, command, parent] = /^\d+ \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return /^(ba|da|z)?sh$/.test(command) ? Number(parent) : 0;
  } catch {
    return 0;
  }
}

// ------------------------------------------------------------------------------------------------------------- the way

async function install() {
  const startedAt = Date.now();
  const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)}s`;
  const isTerminal = process.stderr.isTTY === true;
  const say = (text) => process.stderr.write(isTerminal ? `\r\x1b[2K${text}` : `${text}\n`);
  const what = 'installing the packages (npm ci: libraries, compiler, Node 24 where there is an older one)';
  say(`${what} … ${seconds()}`);
  const timer = setInterval(() => say(`${what} … ${seconds()}`), isTerminal ? 1_000 : 15_000);
  const output = [];
  const npm = process.env.npm_execpath;
  const args = ['ci', '--loglevel=error', '--no-audit', '--no-fund'];
  const started = run(npm === undefined ? 'npm' : process.execPath, npm === undefined ? args : [npm, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  const code = await started;
  clearInterval(timer);
  say(`${what}: ${code === 0 ? 'done in' : 'failed after'} ${seconds()}${isTerminal ? '\n' : ''}`);
  if (interruptedBy !== undefined) await end(128 + SIGNALS[interruptedBy]);
  if (code === 0) return;
  process.stderr.write(Buffer.concat(output));
  // So that the next run does not take half of the packages for all of them.
  rmSync(join(ROOT, 'node_modules', '.package-lock.json'), { force: true });
  await end(code);
}

function findNode() {
  const bundled = join(BIN, 'node');
  const { status, stdout } = spawnSync(bundled, ['--version'], { encoding: 'utf8' });
  if (status === 0 && isAtLeast(stdout, OLDEST_FOR_TYPESCRIPT)) return bundled;
  return isAtLeast(process.version, OLDEST_FOR_TYPESCRIPT) ? process.execPath : undefined;
}

async function main([name, ...args]) {
  const program = PROGRAMS[name];
  if (program === undefined) fail(`say which: ${Object.keys(PROGRAMS).join(' or ')}`);
  watchParents();
  if (mustInstall()) await install();
  const node = findNode();
  if (node === undefined) {
    const here = `${process.platform}-${process.arch}`;
    console.error(`error: Node 24.15 or later is needed, and npm has none for ${here}: install it from nodejs.org`);
    await end(2);
  }
  const env = { ...process.env, PATH: `${BIN}${delimiter}${process.env.PATH ?? ''}` };
  await end(await run(node, [join(ROOT, program), ...args], { stdio: ['ignore', 'inherit', 'inherit'], env }));
}

if (!isAtLeast(process.version, OLDEST_HERE)) fail(`Node 20 or later is needed, and this is ${process.version}`);
await main(process.argv.slice(2));
