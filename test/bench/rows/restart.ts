import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { withProgress } from '../../support/parts/progress.ts';
import type { BenchRun, Row } from '../bench-run.ts';
import type { Figure } from '../figure.ts';
import { startLogbook } from '../logbook.ts';

const READY_S = 15;
/** How long it is watched afterwards: whoever reads or writes without need does it at once. */
const QUIET_MS = 20_000;

export const restart: Row = {
  name: 'restart',
  what: 'another operator on what is in sync: time until ready, calls of AWS and writes that nothing asked for',
  count: 10_000,
  quickCount: 1_000,
  measure: measureRestart,
};

async function measureRestart(run: BenchRun, count: number): Promise<readonly Figure[]> {
  const synced = await run.synced(count);
  const { world } = synced;
  await synced.operator.stop();
  await world.aws.tell({ order: 'forget' });
  const since = startLogbook(world.plane);
  const operator = await world.startOperator();
  synced.operator = operator;
  const isReady = (): Promise<boolean> => Promise.race([operator.isReady(), operator.gone]);
  await eventually('the operator to be ready', isReady, { timeoutMs: 120_000, everyMs: 20 });
  const readyS = (performance.now() - operator.startedMs) / 1_000;
  const cpuAtReady = operator.cpuSeconds;
  await withProgress('watching the restarted operator', () => wait(QUIET_MS));
  const [calls, logbook] = [await world.aws.calls(), since.read()];
  const cpu = `${cpuAtReady.toFixed(2)} s of CPU until ready, ${operator.cpuSeconds.toFixed(2)} s after ${QUIET_MS / 1_000} s more`;
  return [
    {
      row: 'restart',
      what: `restart with ${count} in sync: ready`,
      value: readyS,
      unit: 's',
      bound: READY_S,
      note: cpu,
    },
    { row: 'restart', what: 'its AWS calls', value: calls.reads.length, unit: 'calls', bound: 0, note: calls.text },
    {
      row: 'restart',
      what: 'its writes, but for the lease',
      value: logbook.writes.length,
      unit: 'writes',
      bound: 0,
      note: logbook.text,
    },
  ];
}
