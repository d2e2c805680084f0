import { describe, expect, it } from 'vitest';
import { campaign, leaseTimes, type Sighting } from '../../../src/controller/leadership.ts';
import type { LeaseRecord } from '../../../src/core/lease.ts';

const TIMES = leaseTimes(15_000);

const lease = (more: Partial<LeaseRecord> = {}): LeaseRecord => ({
  metadata: { resourceVersion: '1' },
  holder: 'other',
  durationMs: 15_000,
  acquiredMs: 1,
  renewedMs: 2,
  transitions: 0,
  ...more,
});

/** What is seen first, what is seen after so long, and the move then. */
const cases: readonly {
  it: string;
  first: LeaseRecord | undefined;
  next?: LeaseRecord | undefined;
  afterMs: number;
  want: object;
}[] = [
  { it: 'takes at once what was given back', first: lease({ holder: '' }), afterMs: 0, want: { kind: 'take' } },
  { it: 'takes at once what is its own', first: lease({ holder: 'me' }), afterMs: 0, want: { kind: 'take' } },
  { it: 'waits for what another holds', first: lease(), afterMs: 0, want: { kind: 'wait', ms: 2_000 } },
  { it: 'looks again just when it may take it', first: lease(), afterMs: 14_900, want: { kind: 'wait', ms: 100 } },
  { it: 'takes what has stood still for its duration', first: lease(), afterMs: 15_000, want: { kind: 'take' } },
  {
    it: 'grants a longer duration to who has one',
    first: lease({ durationMs: 60_000 }),
    afterMs: 59_000,
    want: { kind: 'wait', ms: 1_000 },
  },
  {
    it: 'grants its own duration to who says a shorter one',
    first: lease({ durationMs: 1_000 }),
    afterMs: 14_000,
    want: { kind: 'wait', ms: 1_000 },
  },
  {
    it: 'starts to count anew at a renewal',
    first: lease(),
    next: lease({ renewedMs: 3 }),
    afterMs: 15_000,
    want: { kind: 'wait', ms: 2_000 },
  },
  {
    it: 'does not take a label for a renewal',
    first: lease(),
    next: lease({ metadata: { resourceVersion: '2', labels: { a: 'b' } } }),
    afterMs: 15_000,
    want: { kind: 'take' },
  },
  { it: 'waits where there is none', first: undefined, afterMs: 0, want: { kind: 'wait', ms: 2_000 } },
  {
    it: 'does not know what was there between two looks that are far apart',
    first: undefined,
    afterMs: 15_000,
    want: { kind: 'wait', ms: 2_000 },
  },
];

it('the times are those of every Kubernetes controller', () => {
  expect(TIMES).toEqual({ durationMs: 15_000, deadlineMs: 10_000, retryMs: 2_000 });
});

describe('a candidate', () => {
  for (const { it: name, first, afterMs, want, ...rest } of cases) {
    it(name, () => {
      const start = campaign(undefined, first, 'me', 1_000, TIMES);
      const next = 'next' in rest ? rest.next : first;
      expect(campaign(start.sighting, next, 'me', 1_000 + afterMs, TIMES).move).toEqual(want);
    });
  }

  it('makes one where it has seen none for a duration', () => {
    let seen: Sighting | undefined;
    for (let nowMs = 1_000; nowMs < 16_000; nowMs += 2_500) {
      const { sighting, move } = campaign(seen, undefined, 'me', nowMs, TIMES);
      expect(move.kind).toBe('wait');
      seen = sighting;
    }
    expect(campaign(seen, undefined, 'me', 16_000, TIMES).move).toEqual({ kind: 'create' });
  });

  it('believes its own clock, not the times in the lease', () => {
    const seen: Sighting = campaign(undefined, lease({ renewedMs: 0 }), 'me', 5_000, TIMES).sighting;
    expect(campaign(seen, lease({ renewedMs: 0 }), 'me', 19_999, TIMES).move.kind).toBe('wait');
  });
});
