import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type OperatorConfig, readConfig } from './config.ts';
import { runOperator } from './operator.ts';
import { createLog, type Log } from './telemetry/log.ts';
import { stdoutDestination } from './telemetry/stdout-destination.ts';

// The only file that touches the process: its arguments, environment, signals, clocks and exit.

/** Put in by the bundler; a checkout that runs as it is has no version. */
declare const KEYFERRY_VERSION: string | undefined;
const version = typeof KEYFERRY_VERSION === 'string' ? KEYFERRY_VERSION : '0.0.0-dev';

const DRAIN_MS = 20_000;

/** The time of day, for what people and other machines read. */
const wall = { nowMs: () => Date.now(), random: () => Math.random() };
/** A clock that never jumps, for waits and deadlines. */
const steady = { nowMs: () => performance.now(), random: () => Math.random() };

const timers = {
  set(ms: number, fn: () => void): () => void {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
};

/** After what has come in by then has been handled. */
const nextTurn = (fn: () => void): void => void setImmediate(fn);

async function operate(config: OperatorConfig): Promise<number> {
  const destination = stdoutDestination();
  process.once('exit', () => destination.flush());
  const log = createLog({
    level: config.logLevel,
    format: config.logFormat,
    destination,
    ambient: wall,
  });
  const stopping = new AbortController();
  endOnCrash(log);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info('Stopping', { signal });
      stopping.abort();
      // Work that does not hear the abort must not hold the pod beyond its grace period.
      setTimeout(() => end(log, 'Work did not stop in time'), DRAIN_MS).unref();
    });
  }
  const around = { config, version, log, wall, steady, timers, nextTurn, randomBytes, instance: hostname() };
  const failure = await runOperator(around, stopping.signal);
  if (failure !== undefined) log.error(failure);
  else log.info('Stopped');
  return failure === undefined ? 0 : 1;
}

/** Half alive is worse than dead: the kubelet starts a dead process again. */
function endOnCrash(log: Log): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.unexpected('An error that nothing handled ends the process', error);
      process.exit(1);
    });
  }
}

function end(log: Log, message: string): never {
  log.error(message);
  process.exit(1);
}

const invocation = readConfig(process.argv.slice(2), process.env, version);
if (invocation.kind === 'print') {
  (invocation.exitCode === 0 ? process.stdout : process.stderr).write(invocation.text);
  process.exitCode = invocation.exitCode;
} else {
  process.exit(await operate(invocation.config));
}
