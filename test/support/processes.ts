import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { explain } from './failure.ts';

// Children in process groups of their own, and a reaper (reaper.mjs) that ends those groups and removes the run's
// directories when this process ends, in whatever way it does. Taking everything down is therefore one act: closing the
// reaper's pipe.

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child that the reaper knows of. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Standard output and standard error, as they came. */
  readonly logFile: string;
  readonly exited: Promise<Exit>;
  running(): boolean;
  log(): string;
  /** The last lines of the log, for an error message. */
  tail(lines?: number): string;
  /** Signals the process, and after the grace kills its group. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<Exit>;
}

export interface StartOptions {
  /** What messages and the log file are called. */
  readonly name: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Text for standard input, which is otherwise empty. */
  readonly input?: string;
  /** The terminal for output instead of a log file. */
  readonly terminal?: boolean;
  /** Where the log goes; by default the run's directory. */
  readonly directory?: string;
  /** The signal that the reaper asks with first: SIGKILL for parts that have nothing to save. */
  readonly reapWith?: NodeJS.Signals;
}

const RUN_VARIABLE = 'KEYFERRY_TEST_RUN';
const REAPER = fileURLToPath(new URL('reaper.mjs', import.meta.url));

interface Run {
  readonly directory: string;
  readonly reaper: ChildProcess;
  readonly ended: Promise<void>;
}

let current: Run | undefined;
let logCount = 0;

function begin(): Run {
  const outer = process.env[RUN_VARIABLE];
  const isOuter = outer === undefined || !existsSync(outer);
  const directory = isOuter ? mkdtempSync(join(tmpdir(), 'keyferry-')) : outer;
  const register = join(directory, 'reapers');
  mkdirSync(register, { recursive: true });
  process.env[RUN_VARIABLE] = directory;
  // Detached, so that neither Ctrl-C nor a signal to our process group reaches it.
  const reaper = spawn(process.execPath, [REAPER, register, isOuter ? 'outer' : 'inner'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  const ended = new Promise<void>((resolve) => reaper.once('exit', () => resolve()));
  reaper.stdin?.on('error', () => {});
  reaper.unref();
  if (reaper.stdin !== null && 'unref' in reaper.stdin && typeof reaper.stdin.unref === 'function') {
    reaper.stdin.unref();
  }
  current = { directory, reaper, ended };
  if (isOuter) tell({ remove: directory });
  return current;
}

const run = (): Run => current ?? begin();

function tell(what: { watch: number; signal: string } | { forget: number } | { remove: string }): void {
  run().reaper.stdin?.write(`${JSON.stringify(what)}\n`);
}

/** A fresh directory that goes with the run. */
export const runDirectory = (prefix: string): string => mkdtempSync(join(run().directory, `${prefix}-`));

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}

/** Starts a child that cannot outlive this process. */
export function startChild(command: string, args: readonly string[], options: StartOptions): Child {
  const { name, terminal = false, reapWith = 'SIGTERM' } = options;
  const logFile = join(options.directory ?? run().directory, `${name}-${process.pid}-${++logCount}.log`);
  const output = terminal ? 'inherit' : openSync(logFile, 'a');
  const spawned = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    detached: true,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', output, output],
  });
  if (typeof output === 'number') closeSync(output);
  const pid = spawned.pid ?? 0;
  if (pid > 0) tell({ watch: pid, signal: reapWith });
  const exited = whenExited(spawned, name);
  spawned.stdin?.on('error', () => {});
  spawned.stdin?.end(options.input);
  const running = (): boolean => spawned.exitCode === null && spawned.signalCode === null && pid > 0;
  const log = (): string => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  const tail = (lines = 25): string => log().trimEnd().split('\n').slice(-lines).join('\n');
  const stop = async (signal: NodeJS.Signals = 'SIGTERM', graceMs = 5_000): Promise<Exit> => {
    if (running()) spawned.kill(signal);
    const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs);
    return exited.finally(() => clearTimeout(timer));
  };
  return { name, pid, logFile, exited, running, log, tail, stop };
}

async function whenExited(child: ChildProcess, name: string): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`${name} could not be started: ${error.message}`);
      resolve({ code: 127, signal: null });
    });
    child.once('exit', (code, signal) => {
      // What the child itself left behind goes with it; after that the id may belong to somebody else.
      if (child.pid !== undefined) {
        signalGroup(child.pid, 'SIGKILL');
        tell({ forget: child.pid });
      }
      resolve({ code, signal });
    });
  });
}

/** What a command said, and how it ended. */
export interface Finished extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a short command to its end. */
export async function runCommand(
  command: string,
  args: readonly string[],
  { input, env, cwd }: { input?: string; env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<Finished> {
  const child = spawn(command, args, { env: env ?? process.env, cwd, detached: true });
  if (child.pid !== undefined) tell({ watch: child.pid, signal: 'SIGKILL' });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const exit = await new Promise<Exit>((resolve) => {
    child.once('error', () => resolve({ code: 127, signal: null }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  if (child.pid !== undefined) tell({ forget: child.pid });
  return { ...exit, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

/** Ends every child and removes the run's directories. Afterwards nothing of this process is left but itself. */
export async function endRun(): Promise<void> {
  if (current === undefined) return;
  const { reaper, ended } = current;
  current.reaper.ref();
  reaper.stdin?.end();
  await ended;
  current = undefined;
  delete process.env[RUN_VARIABLE];
}

const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
const CLEAN_UP_MS = 120_000;

/** What `runMain` gives to a program. */
export interface MainContext {
  /** Aborted by a signal, and when the process that started us is gone. */
  readonly stopped: AbortSignal;
  /** From now on a signal is the proper end: exit with this instead of 128 and the signal's number. */
  exitWith(code: number): void;
  /** To be done at the end in any case, while the children still run: for what outlives processes. */
  atEnd(cleanUp: () => Promise<void>): void;
}

/**
 * Runs a program to its end and exits with its code, having taken down all that it started: also when it throws, when a
 * signal arrives, and when the process that started it is gone.
 */
export async function runMain(main: (context: MainContext) => Promise<number>): Promise<never> {
  const stop = new AbortController();
  const cleanUps: (() => Promise<void>)[] = [];
  let exitCode: number | undefined;
  let codeWhenStopped: number | undefined;
  const interrupted = whenInterrupted((number) => {
    exitCode ??= codeWhenStopped ?? 128 + number;
    stop.abort();
  });
  const context = {
    stopped: stop.signal,
    exitWith: (code: number) => {
      codeWhenStopped = code;
    },
    atEnd: (cleanUp: () => Promise<void>) => void cleanUps.unshift(cleanUp),
  };
  const finished = main(context).catch((error: unknown) => {
    const { text, exitCode: code } = explain(error);
    if (exitCode === undefined) console.error(text);
    return code;
  });
  const code = await Promise.race([finished, interrupted]);
  exitCode ??= code ?? 1;
  await inTime(CLEAN_UP_MS, async () => {
    for (const cleanUp of cleanUps) await cleanUp().catch((error: unknown) => console.error(explain(error).text));
  });
  await endRun();
  process.exit(exitCode);
}

async function whenInterrupted(react: (number: number) => void): Promise<undefined> {
  return new Promise((resolve) => {
    const onSignal = (number: number): void => {
      react(number);
      resolve(undefined);
    };
    for (const [name, number] of Object.entries(SIGNAL_NUMBERS)) process.on(name, () => onSignal(number));
    onOrphaned(() => onSignal(SIGNAL_NUMBERS.SIGHUP));
  });
}

async function inTime(limitMs: number, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work(), limit]);
  clearTimeout(timer);
}

/** Nobody is left to press Ctrl-C when the process that started us is gone. */
function onOrphaned(react: () => void): void {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && react(), 500).unref();
}
