// Outlives the process that started it by a moment, and takes down what that process left behind. It holds the reading
// end of a pipe: however its parent ends, even by SIGKILL, the pipe closes, and that is the sign.
//
// Lines in, JSON: {"watch": pid, "signal": name}  a process group to end, and how to ask first
//                 {"forget": pid}                 it has ended by itself
//                 {"remove": directory}           a directory to remove when all is over
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';

const GRACE_MS = 2_000;
const NESTED_MS = 15_000;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

// Reapers of nested processes sign in here, so that the outermost one ends last.
const [register, isOuter] = [process.argv[2], process.argv[3] === 'outer'];
try {
  writeFileSync(join(register, String(process.pid)), '');
} catch {
  // The run is already being taken down: only what comes through the pipe is left to do.
}

const groups = new Map();
const directories = [];

/** Signals a process or, with a negative id, a group; answers whether there is one. */
function signal(pid, name) {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function until(condition, timeoutMs) {
  for (const end = Date.now() + timeoutMs; !condition() && Date.now() < end; ) await wait(20);
}

const groupsLeft = () => [...groups.keys()].filter((pid) => signal(-pid, 0));
const reapersLeft = () =>
  readdirSync(register).filter((name) => Number(name) !== process.pid && signal(Number(name), 0));

async function reap() {
  for (const [pid, name] of groups) signal(-pid, name);
  await until(() => groupsLeft().length === 0, GRACE_MS);
  for (const pid of groupsLeft()) signal(-pid, 'SIGKILL');
  await until(() => groupsLeft().length === 0, GRACE_MS);
  if (isOuter) await until(() => reapersLeft().length === 0, NESTED_MS);
  for (const directory of directories.reverse()) {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
  rmSync(join(register, String(process.pid)), { force: true });
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const told = JSON.parse(line);
  if (told.watch !== undefined) groups.set(told.watch, told.signal);
  if (told.forget !== undefined) groups.delete(told.forget);
  if (told.remove !== undefined) directories.push(told.remove);
});
lines.on('close', () => void reap().then(() => process.exit(0)));
