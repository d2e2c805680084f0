import type { ClusterView } from './core/ports.ts';
import { intervalMs } from './core/schedule.ts';
import { readyOf, type Status } from './core/summarize.ts';
import type { Census } from './telemetry/census-gauges.ts';

/** Which ExternalSecrets are read by the clock, and how often (milliseconds). */
type Paced = { readonly interval: number; readonly readMs: number };

/**
 * How all ExternalSecrets stand, by what their statuses say. `refreshedMs` tells when one was last read, which a status may not say yet; who does
 * not work does not know, and then nothing is said of the age of values. One pass over the cache, once a scrape.
 */
export function takeCensus(
  cache: Pick<ClusterView, 'list' | 'resource'>,
  refreshedMs: ((externalSecret: string) => number | undefined) | undefined,
  nowMs: number,
): Census {
  const ready = { True: 0, False: 0, Unknown: 0 };
  const faulted = new Map<string, number>();
  const ages: number[] = [];
  let overdue = 0;
  for (const key of cache.list('ExternalSecret')) {
    const raw = cache.resource('ExternalSecret', key);
    const status = statusOf(raw?.status);
    ready[readyOf(status)?.status ?? 'Unknown']++;
    for (const { type, reason } of status.conditions ?? []) {
      if (type !== 'Ready') faulted.set(`${type} ${reason}`, (faulted.get(`${type} ${reason}`) ?? 0) + 1);
    }
    const paced = pacedBy(raw?.spec, status, refreshedMs?.(`${key.namespace}/${key.name}`));
    if (paced === undefined) continue;
    const ageMs = Math.max(0, nowMs - paced.readMs);
    ages.push(ageMs);
    if (ageMs > 2 * paced.interval) overdue++;
  }
  const counted = [...faulted].map(([key, count]) => {
    const [condition = '', reason = ''] = key.split(' ');
    return { condition, reason, count };
  });
  if (refreshedMs === undefined) return { ready, faulted: counted };
  return { ready, faulted: counted, overdue, oldestSuccessS: ages.reduce((a, b) => Math.max(a, b), 0) / 1_000 };
}

const statusOf = (status: unknown): Status => (typeof status === 'object' && status !== null ? status : {});

/** Undefined for what is not read by the clock, and what was never read. */
function pacedBy(spec: unknown, { refreshTime }: Status, refreshedMs: number | undefined): Paced | undefined {
  const interval = intervalMs(scheduleOf(spec)) ?? 0;
  const readMs = Math.max(refreshTime === undefined ? 0 : Date.parse(refreshTime), refreshedMs ?? 0);
  return interval > 0 && readMs > 0 ? { interval, readMs } : undefined;
}

// The cache holds specs as they came: to parse each one whole at every scrape would be dear.
function scheduleOf(spec: unknown): Parameters<typeof intervalMs>[0] {
  const of = (field: string): unknown =>
    typeof spec === 'object' && spec !== null ? Reflect.get(spec, field) : undefined;
  const refreshInterval = of('refreshInterval');
  return {
    refreshInterval: typeof refreshInterval === 'string' && of('suspend') !== true ? refreshInterval : '0s',
    refreshPolicy: of('refreshPolicy') === 'Periodic' ? 'Periodic' : 'OnChange',
  };
}
