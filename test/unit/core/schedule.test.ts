import { describe, expect, it } from 'vitest';
import { intervalMs, type Next, nextRefreshMs, patienceMs, retryAfter } from '../../../src/core/schedule.ts';
import { type Fault, type FaultKind, faults, handlingOf } from '../../../src/model/fault.ts';

type Spec = Parameters<typeof intervalMs>[0];
const hourly: Spec = { refreshInterval: '1h', refreshPolicy: 'Periodic' };
const HOUR_MS = 3_600_000;

describe('the interval', () => {
  const cases: readonly { it: string; spec: Spec; ms: number | undefined }[] = [
    { it: 'is what the spec says', spec: { refreshInterval: '1h30m', refreshPolicy: 'Periodic' }, ms: 5_400_000 },
    { it: 'is none with 0s', spec: { refreshInterval: '0s', refreshPolicy: 'Periodic' }, ms: undefined },
    { it: 'is none with 0h', spec: { refreshInterval: '0h', refreshPolicy: 'Periodic' }, ms: undefined },
    { it: 'is none with OnChange', spec: { refreshInterval: '1h', refreshPolicy: 'OnChange' }, ms: undefined },
    { it: 'is none with CreatedOnce', spec: { refreshInterval: '1h', refreshPolicy: 'CreatedOnce' }, ms: undefined },
  ];
  for (const { it: name, spec, ms } of cases) it(name, () => expect(intervalMs(spec)).toBe(ms));
});

it.for([
  ['1h', 5_000],
  ['1m', 1_500],
  ['10s', 250],
  ['0s', 0],
] as const)('a refresh every %s may wait %i ms for others', ([refreshInterval, ms]) => {
  expect(patienceMs({ refreshInterval, refreshPolicy: 'Periodic' })).toBe(ms);
});

describe('the next refresh', () => {
  it('is never when there is no interval', () => {
    expect(nextRefreshMs({ refreshInterval: '0s', refreshPolicy: 'Periodic' }, 'uid', 0)).toBeUndefined();
  });

  it('is always at the same point for the same key', () => {
    expect(nextRefreshMs(hourly, 'uid', 1_000)).toBe((nextRefreshMs(hourly, 'uid', 0) ?? 0) + 1_000);
  });

  const uids: readonly { of: string; uid: (at: number) => string }[] = [
    { of: 'uids that count up', uid: (at) => `00000000-0000-4000-8000-${String(at).padStart(12, '0')}` },
    { of: 'uids that count in front', uid: (at) => `${at.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000` },
    { of: 'short texts', uid: (at) => `${at}` },
  ];
  for (const { of, uid } of uids) {
    it(`comes up to a tenth early, evenly over ${of}`, () => {
      const [count, bins] = [20_000, 50];
      const hits = new Array<number>(bins).fill(0);
      for (let at = 0; at < count; at++) {
        const early = (HOUR_MS - (nextRefreshMs(hourly, uid(at), 0) ?? 0)) / (HOUR_MS / 10);
        expect(early >= 0 && early <= 1).toBe(true);
        const bin = Math.min(bins - 1, Math.floor(early * bins));
        hits[bin] = (hits[bin] ?? 0) + 1;
      }
      const expected = count / bins;
      const chiSquare = hits.reduce((sum, found) => sum + (found - expected) ** 2 / expected, 0);
      // With 49 degrees of freedom chance alone is above this once in 100 000 times.
      expect(chiSquare).toBeLessThan(101);
    });
  }
});

describe('after faults', () => {
  const UID = '6d0c6f6e-0000-4000-8000-000000000001';
  /** A delay that is up to a tenth early is as wanted. */
  const inTime = (next: Next, want: Next): Next =>
    next.after === 'delay' && want.after === 'delay' && next.ms <= want.ms && next.ms > 0.9 * want.ms ? want : next;
  const faultOf = (kind: FaultKind): Fault => ({ kind, subject: 's', detail: 'd' });
  const cases: readonly { it: string; kinds: readonly FaultKind[]; spec?: Spec; want: Next }[] = [
    { it: 'a spec that is wrong waits for a change', kinds: ['InvalidSpec'], want: { after: 'change' } },
    {
      it: 'a missing secret is looked for at the interval',
      kinds: ['SecretNotFound'],
      want: { after: 'delay', ms: HOUR_MS },
    },
    {
      it: 'a throttle backs off to the interval at most',
      kinds: ['Throttled'],
      want: { after: 'backoff', capMs: HOUR_MS },
    },
    {
      it: 'the soonest decides',
      kinds: ['InvalidSpec', 'SecretNotFound', 'Throttled'],
      want: { after: 'backoff', capMs: HOUR_MS },
    },
    {
      it: 'a wrong spec beside a missing secret waits for the interval',
      kinds: ['InvalidSpec', 'SecretNotFound'],
      want: { after: 'delay', ms: HOUR_MS },
    },
    {
      it: 'a target that is not ours is looked at each minute',
      kinds: ['TargetConflict'],
      want: { after: 'delay', ms: 60_000 },
    },
    {
      it: 'a target that the cluster refuses waits for the interval',
      kinds: ['TargetRefused'],
      want: { after: 'delay', ms: HOUR_MS },
    },
    {
      it: 'a target that is not ours is looked at as often as the interval says',
      kinds: ['TargetConflict'],
      spec: { refreshInterval: '10s', refreshPolicy: 'Periodic' },
      want: { after: 'delay', ms: 10_000 },
    },
    {
      it: 'a key without an interval is not given up',
      kinds: ['SecretNotFound'],
      spec: { refreshInterval: '0s', refreshPolicy: 'Periodic' },
      want: { after: 'delay', ms: 600_000 },
    },
  ];
  for (const { it: name, kinds, spec, want } of cases) {
    it(name, () => expect(inTime(retryAfter(kinds.map(faultOf), spec ?? hourly, UID), want)).toEqual(want));
  }

  it('one that hangs on what AWS holds is looked at again although its kind is not', () => {
    const fault: Fault = { ...faultOf('InvalidTemplate'), retry: 'onInterval' };
    const want: Next = { after: 'delay', ms: HOUR_MS };
    expect(inTime(retryAfter([fault], hourly, UID), want)).toEqual(want);
    expect(retryAfter([faultOf('InvalidTemplate')], hourly, UID)).toEqual({ after: 'change' });
  });

  it('those that failed together come evenly spread over the last tenth of the interval, each at its own point', () => {
    const wait = (uid: string): number => {
      const next = retryAfter([faultOf('SecretNotFound')], hourly, uid);
      return next.after === 'delay' ? next.ms : Number.NaN;
    };
    const waits = Array.from({ length: 1_000 }, (_, at) => wait(`uid-${at}`));
    expect(waits).toEqual(waits.map((_, at) => wait(`uid-${at}`)));
    const tenths = waits.map((ms) => Math.floor((1 - ms / HOUR_MS) * 100));
    const counts = Array.from({ length: 10 }, (_, tenth) => tenths.filter((each) => each === tenth).length);
    expect(counts.reduce((sum, count) => sum + count)).toBe(1_000);
    expect(Math.min(...counts)).toBeGreaterThan(60);
    expect(Math.max(...counts)).toBeLessThan(140);
  });

  const WHEN = { onChange: 'change', onInterval: 'delay', withBackoff: 'backoff' } as const;
  for (const kind of Object.keys(faults) as FaultKind[]) {
    it(`${kind} alone is retried as the table of faults says`, () => {
      expect(retryAfter([faultOf(kind)], hourly, UID).after).toBe(WHEN[handlingOf(kind).retry]);
      expect(retryAfter([faultOf(kind)], undefined, UID).after).toBe(WHEN[handlingOf(kind).retry]);
    });
  }
});
