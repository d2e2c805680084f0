import { eventually } from './eventually.ts';
import { Failure } from './failure.ts';
import { freePort } from './free-port.ts';
import { ensureParts } from './parts.ts';
import { runDirectory, startChild } from './processes.ts';

/** A running moto server: Secrets Manager, Parameter Store and STS in memory. */
export interface Moto {
  readonly endpoint: string;
  /** Forgets all secrets, parameters and credentials. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** Forgets everything a moto server holds. */
async function resetMoto(endpoint: string): Promise<void> {
  const { status } = await fetch(`${endpoint}/moto-api/reset`, { method: 'POST' });
  if (status !== 200) throw new Error(`moto's reset answers ${status}`);
}

export async function startMoto(motoServer?: string): Promise<Moto> {
  const command = motoServer ?? (await ensureParts()).motoServer;
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const directory = runDirectory('moto');
  const env = { PATH: process.env.PATH, HOME: directory, PYTHONUNBUFFERED: '1' };
  const args = ['-H', '127.0.0.1', '-p', String(port)];
  const child = startChild(command, args, { name: 'moto', directory, env, reapWith: 'SIGKILL' });
  const check = async (): Promise<boolean> => !child.running() || (await resetMoto(endpoint).then(() => true));
  await eventually('moto to answer', check, { timeoutMs: 60_000 }).catch((error: unknown) => {
    throw new Failure(`${error instanceof Error ? error.message : String(error)}; moto said:\n${child.tail()}`);
  });
  if (!child.running()) throw new Failure(`moto ended while it was to start; it said:\n${child.tail()}`);
  return {
    endpoint,
    reset: () => resetMoto(endpoint),
    stop: async () => {
      await child.stop('SIGKILL');
    },
  };
}
