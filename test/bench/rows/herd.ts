import { withProgress } from '../../support/parts/progress.ts';
import type { ExternalSecretObject } from '../../support/stage.ts';
import { API } from '../api.ts';
import { atOnce } from '../at-once.ts';
import { QUOTAS } from '../aws.ts';
import { type BenchRun, patienceMs, type Row } from '../bench-run.ts';
import type { Figure } from '../figure.ts';
import { WIDTH } from '../population.ts';
import { isReady, isRefreshedSince } from '../watch.ts';

/** Each of ten equal parts of the time in which refreshes come holds a tenth of them, give or take. */
const FULLEST_TENTH = 12;

export const herd: Row = {
  name: 'herd',
  what: 'after a day without an operator: calls a second, who comes first, and how evenly the next refreshes are spread',
  count: 10_000,
  quickCount: 1_000,
  measure: measureHerd,
};

async function measureHerd(run: BenchRun, count: number): Promise<readonly Figure[]> {
  const synced = await run.synced(count);
  const { world, population } = synced;
  await synced.operator.stop();
  await population.age();
  const newcomers = Math.ceil(count / 20);
  const isNew = ({ metadata }: ExternalSecretObject): boolean => metadata.name.startsWith('herd-');
  await atOnce(WIDTH, newcomers, (at) => population.add(`herd-${at}`, count + at));
  await world.aws.tell({ order: 'forget' });
  const sinceMs = Date.now() - 5_000;
  const operator = await world.startOperator();
  synced.operator = operator;
  const isRefreshed = isRefreshedSince(sinceMs);
  const isDone = (object: ExternalSecretObject): boolean => isReady(object) && isRefreshed(object);
  const seen = await withProgress(`refreshing ${count} that are a day late, and ${newcomers} new ones`, () =>
    population.watch.until(count + newcomers, isDone, { timeoutMs: patienceMs(count), gone: operator.gone }),
  );
  const calls = await world.aws.calls();
  const order = [...seen.keys()];
  const lastNew = order.findLastIndex((name) => name.startsWith('herd-'));
  const tookS = (Math.max(...seen.values()) - operator.startedMs) / 1_000;
  const objects = await world.cluster.list<ExternalSecretObject>(
    `${API}/namespaces/${population.namespace}/externalsecrets`,
  );
  return [
    {
      row: 'herd',
      what: `${count} a day late: most calls within a second`,
      value: calls.mostInASecond,
      unit: 'calls',
      bound: QUOTAS['secrets-manager-batch'],
      note: `all in ${tookS.toFixed(1)} s, ${calls.throttled} throttled: ${calls.text}`,
    },
    {
      row: 'herd',
      what: `of the late, looked at before the last of ${newcomers} new ones`,
      value: lastNew + 1 - newcomers,
      unit: 'ExternalSecrets',
      bound: newcomers,
    },
    {
      row: 'herd',
      what: 'the fullest tenth of the time of the next refreshes holds',
      value: fullestTenth(objects.filter((object) => !isNew(object))),
      unit: '%',
      bound: FULLEST_TENTH,
    },
  ];
}

/** Refreshes come up to a tenth of the interval early, each at a point of its own: the share, in per cent, of the fullest tenth of that time. */
function fullestTenth(objects: readonly ExternalSecretObject[]): number {
  const counts = Array<number>(10).fill(0);
  for (const { status } of objects) {
    const [at, next] = [Date.parse(status?.refreshTime ?? ''), Date.parse(String(status?.nextRefreshTime))];
    const early = 1 - (next - at) / HOUR_MS;
    const tenth = Math.min(9, Math.max(0, Math.floor(early * 100)));
    counts[tenth] = (counts[tenth] ?? 0) + 1;
  }
  return (Math.max(...counts) / objects.length) * 100;
}

const HOUR_MS = 3_600_000;
