import { describe, expect, it } from 'vitest';
import { takeCensus } from '../../src/census.ts';
import type { ClusterView, ObjectMeta } from '../../src/core/ports.ts';

const NOW_MS = Date.parse('2026-11-21T12:00:00Z');
const MINUTE_MS = 60_000;

interface Resource {
  readonly spec?: object;
  readonly status?: object;
}

/** A cache of which nothing but its ExternalSecrets is asked. */
function cacheOf(resources: Readonly<Record<string, Resource>>): Pick<ClusterView, 'list' | 'resource'> {
  const keys = Object.keys(resources).map((name) => ({ namespace: 'shop', name }) as ObjectMeta);
  return {
    list: () => keys,
    resource: (kind, { name }) => ({ kind, metadata: keys[0] as ObjectMeta, spec: {}, status: {}, ...resources[name] }),
  };
}

const every = (refreshInterval: string, more: object = {}): object => ({
  refreshInterval,
  refreshPolicy: 'Periodic',
  ...more,
});
const readAgo = (minutes: number, conditions: readonly object[] = []): object => ({
  refreshTime: new Date(NOW_MS - minutes * MINUTE_MS).toISOString(),
  conditions,
});
const nobodyRead = (): undefined => undefined;

describe('the census', () => {
  it('counts ExternalSecrets by Ready, and by what else is true of them', () => {
    const condition = (type: string, status: string, reason: string): object => ({ type, status, reason });
    const away = condition('Reconciling', 'True', 'SourceUnavailable');
    const { ready, faulted } = takeCensus(
      cacheOf({
        served: { status: { conditions: [condition('Ready', 'True', 'Synced'), away] } },
        stale: { status: { conditions: [condition('Ready', 'False', 'SourceUnavailable'), away] } },
        wrong: {
          status: {
            conditions: [condition('Ready', 'False', 'InvalidSpec'), condition('Stalled', 'True', 'InvalidSpec')],
          },
        },
        fresh: {},
      }),
      nobodyRead,
      NOW_MS,
    );
    expect(ready).toEqual({ True: 1, False: 2, Unknown: 1 });
    expect(faulted).toEqual([
      { condition: 'Reconciling', reason: 'SourceUnavailable', count: 2 },
      { condition: 'Stalled', reason: 'InvalidSpec', count: 1 },
    ]);
  });

  const cases: readonly {
    it: string;
    resource: Resource;
    readMinutesAgo?: number;
    overdue: number;
    oldestS: number;
  }[] = [
    {
      it: 'is not overdue within its interval',
      resource: { spec: every('1h'), status: readAgo(59) },
      overdue: 0,
      oldestS: 3_540,
    },
    {
      it: 'is overdue after two intervals',
      resource: { spec: every('10m'), status: readAgo(21) },
      overdue: 1,
      oldestS: 1_260,
    },
    {
      it: 'was read later than its status says',
      resource: { spec: every('1m'), status: readAgo(9) },
      readMinutesAgo: 1,
      overdue: 0,
      oldestS: 60,
    },
    {
      it: 'is not read by the clock with 0s',
      resource: { spec: every('0s'), status: readAgo(900) },
      overdue: 0,
      oldestS: 0,
    },
    {
      it: 'is not read by the clock when it changes only',
      resource: { spec: every('1m', { refreshPolicy: 'OnChange' }), status: readAgo(9) },
      overdue: 0,
      oldestS: 0,
    },
    {
      it: 'is not read while it is suspended',
      resource: { spec: every('1m', { suspend: true }), status: readAgo(9) },
      overdue: 0,
      oldestS: 0,
    },
    { it: 'has no age before it was read', resource: { spec: every('1m') }, overdue: 0, oldestS: 0 },
  ];
  for (const { it: name, resource, readMinutesAgo, overdue, oldestS } of cases) {
    it(`knows of one that ${name}`, () => {
      const refreshedMs = readMinutesAgo === undefined ? undefined : NOW_MS - readMinutesAgo * MINUTE_MS;
      const census = takeCensus(cacheOf({ one: resource }), () => refreshedMs, NOW_MS);
      expect([census.overdue, census.oldestSuccessS]).toEqual([overdue, oldestS]);
    });
  }

  it('says nothing of ages where nobody works', () => {
    const census = takeCensus(cacheOf({ one: { spec: every('1m'), status: readAgo(9) } }), undefined, NOW_MS);
    expect([census.overdue, census.oldestSuccessS]).toEqual([undefined, undefined]);
  });
});
