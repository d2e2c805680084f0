import { describe, expect, it } from 'vitest';
import { patchStatus } from '../../../src/core/patch-status.ts';
import {
  isWorthWriting,
  type Outcome,
  readyOf,
  type Status,
  type Subject,
  summarize,
} from '../../../src/core/summarize.ts';
import type { FaultKind } from '../../../src/model/fault.ts';
import { specOf } from '../../support/builders.ts';
import { failed, inSync, MINUTE, subjectOf, synced, T0 } from '../../support/outcomes.ts';

describe('the status after a good pass', () => {
  it('says everything that there is to know, and no value', () => {
    expect(summarize(subjectOf({}, { forceSync: 'now' }), synced(T0), T0 + 1_500)).toEqual({
      observedGeneration: 1,
      refreshTime: '2026-01-01T00:00:00Z',
      nextRefreshTime: expect.stringMatching(/^2026-01-01T00:5\d:\d\dZ$/),
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Synced',
          message: 'Secret db holds 2 keys as AWS has them',
          lastTransitionTime: '2026-01-01T00:00:01Z',
          observedGeneration: 1,
        },
      ],
      binding: { name: 'db' },
      targetResourceVersion: '123',
      targetRevision: '00000001.1',
      reading: null,
      goneSince: null,
      lastForceSync: 'now',
      store: { uid: 'uid-aws', generation: 1 },
      sources: [{ key: 'k', service: 'SecretsManager', region: 'eu-west-1', versionId: 'v1' }],
    });
  });

  it('counts one key as one', () => {
    const status = patchStatus({}, summarize(subjectOf(), synced(T0, { keyCount: 1 }), T0));
    expect(readyOf(status)?.message).toBe('Secret db holds 1 key as AWS has them');
  });

  it('takes away the next refresh and the wish where there is none', () => {
    const spec = specOf({ refreshInterval: '0s' });
    const patch = summarize(subjectOf({ ...inSync(), lastForceSync: 'x' }, { spec }), synced(T0), T0);
    expect(patch).toMatchObject({ nextRefreshTime: null, lastForceSync: null });
  });

  it('ends Reconciling and Stalled', () => {
    const broken = patchStatus(inSync(), summarize(subjectOf(inSync()), failed('SecretNotFound'), T0));
    const again = patchStatus(broken, summarize(subjectOf(broken), synced(T0), T0));
    expect(again.conditions?.map(({ type }) => type)).toEqual(['Ready']);
  });
});

describe('the status after a failure', () => {
  const conditionsAfter = (status: Status, outcome: Outcome, nowMs: number, more: Partial<Subject> = {}) =>
    Object.fromEntries(
      (summarize(subjectOf(status, more), outcome, nowMs).conditions ?? []).map(
        ({ type, status: is, reason, message }) => [type, `${is} ${reason}: ${message}`],
      ),
    );

  it('gives the age of what is served', () => {
    expect(conditionsAfter(inSync(), failed('SecretNotFound'), T0 + 20 * MINUTE)).toEqual({
      Ready:
        'False SecretNotFound: spec.data[0]: is SecretNotFound; Secret db keeps what it has, read less than an hour ago',
      Reconciling:
        'True SecretNotFound: spec.data[0]: is SecretNotFound; Secret db keeps what it has, read less than an hour ago',
    });
  });

  it('says that nothing has been written where nothing has', () => {
    expect(conditionsAfter({ observedGeneration: -1 }, failed('Throttled'), T0)).toMatchObject({
      Ready: 'False Throttled: spec.data[0]: is Throttled; no Secret has been written yet',
    });
  });

  it('is Stalled where only a change can help', () => {
    expect(conditionsAfter(inSync(), failed('InvalidSpec'), T0)).toHaveProperty('Stalled');
    expect(conditionsAfter(inSync(), failed('InvalidSpec'), T0)).not.toHaveProperty('Reconciling');
    expect(conditionsAfter(inSync(), failed('InvalidSpec', 'SecretNotFound'), T0)).toHaveProperty('Reconciling');
  });

  it('takes the reason of the first in the table, and lists all', () => {
    const { Ready } = conditionsAfter(inSync(), failed('Throttled', 'PropertyNotFound', 'SecretNotFound'), T0);
    expect(Ready).toMatch(/^False SecretNotFound: spec\.data\[2\].*spec\.data\[1\].*spec\.data\[0\]/);
  });

  it('leaves refreshTime, sources and binding as they were', () => {
    expect(Object.keys(summarize(subjectOf(inSync()), failed('SecretNotFound'), T0)).sort()).toEqual([
      'conditions',
      'goneSince',
      'observedGeneration',
    ]);
  });

  const grace: readonly {
    it: string;
    kinds: readonly FaultKind[];
    afterMs: number;
    interval?: string;
    generation?: number;
    ready: 'True' | 'False';
  }[] = [
    {
      it: 'stays ready through an outage that is young',
      kinds: ['Throttled', 'SourceUnavailable'],
      afterMs: 3 * 60 * MINUTE - 1_000,
      ready: 'True',
    },
    {
      it: 'is not ready after three intervals of outage',
      kinds: ['Throttled'],
      afterMs: 3 * 60 * MINUTE,
      ready: 'False',
    },
    {
      it: 'has a quarter of an hour at least',
      kinds: ['CredentialsUnavailable'],
      interval: '10s',
      afterMs: 15 * MINUTE - 1_000,
      ready: 'True',
    },
    {
      it: 'has a quarter of an hour at most with a short interval',
      kinds: ['CredentialsUnavailable'],
      interval: '10s',
      afterMs: 15 * MINUTE,
      ready: 'False',
    },
    {
      it: 'has a quarter of an hour without an interval',
      kinds: ['Throttled'],
      interval: '0s',
      afterMs: 15 * MINUTE - 1_000,
      ready: 'True',
    },
    { it: 'is not ready for a fault that does not pass', kinds: ['SecretNotFound'], afterMs: 0, ready: 'False' },
    {
      it: 'is not ready for a fault that passes beside one that does not',
      kinds: ['Throttled', 'SecretNotFound'],
      afterMs: 0,
      ready: 'False',
    },
    {
      it: 'is not ready for a generation that was never synced',
      kinds: ['Throttled'],
      afterMs: 0,
      generation: 2,
      ready: 'False',
    },
    { it: 'is not ready while the cluster is the trouble', kinds: ['ClusterUnavailable'], afterMs: 0, ready: 'False' },
  ];
  for (const { it: name, kinds, afterMs, interval, generation, ready } of grace) {
    it(name, () => {
      const spec = specOf(interval === undefined ? {} : { refreshInterval: interval });
      const found = conditionsAfter(inSync(), failed(...kinds), T0 + afterMs, { spec, generation: generation ?? 1 });
      expect(found.Ready).toMatch(new RegExp(`^${ready} `));
      expect(found.Reconciling ?? found.Stalled).toMatch(/^True /);
    });
  }

  it('counts from the last read of this process, which the status may not tell', () => {
    const later = { refreshedMs: T0 + 60 * MINUTE };
    expect(conditionsAfter(inSync(), failed('Throttled'), T0 + 230 * MINUTE).Ready).toMatch(/^False /);
    expect(conditionsAfter(inSync(), failed('Throttled'), T0 + 230 * MINUTE, later).Ready).toMatch(/^True /);
    expect(conditionsAfter(inSync(), failed('SecretNotFound'), T0 + 61 * MINUTE, later).Ready).toContain(
      'read less than 15 minutes ago',
    );
  });

  it('does not come back to ready by an outage that follows a failure', () => {
    const broken = patchStatus(inSync(), summarize(subjectOf(inSync()), failed('SecretNotFound'), T0));
    expect(conditionsAfter(broken, failed('Throttled'), T0 + 1_000).Ready).toMatch(/^False Throttled/);
  });
});

describe('the status of what is suspended', () => {
  const suspended: Outcome = { kind: 'suspended' };

  it('says so, and keeps what was known', () => {
    const status = patchStatus(inSync(), summarize(subjectOf(inSync(), { generation: 2 }), suspended, T0 + MINUTE));
    expect(status.conditions).toEqual([
      {
        type: 'Ready',
        status: 'True',
        reason: 'Suspended',
        message: 'spec.suspend is true, so nothing is read from AWS and the Secret stays as it is',
        lastTransitionTime: '2026-01-01T00:00:00Z',
        // Of the generation that was looked at.
        observedGeneration: 1,
      },
    ]);
    expect(status.observedGeneration).toBe(2);
    expect(status).toMatchObject({ refreshTime: '2026-01-01T00:00:00Z', sources: inSync().sources });
    expect(status).not.toHaveProperty('nextRefreshTime');
  });

  it('is unknown where nobody ever looked', () => {
    expect(readyOf(patchStatus({}, summarize(subjectOf(), suspended, T0)))?.status).toBe('Unknown');
  });

  it('is written once', () => {
    const status = patchStatus(inSync(), summarize(subjectOf(inSync()), suspended, T0));
    const again = summarize(subjectOf(status), suspended, T0 + 60 * MINUTE);
    expect(isWorthWriting(subjectOf(status), again, T0 + 60 * MINUTE)).toBe(false);
  });
});

describe('the status when every value is gone', () => {
  const gone = (isRemoved: boolean): Outcome => ({
    kind: 'gone',
    faults: [{ kind: 'SecretNotFound', subject: 'spec.data[0]', detail: 'is not there' }],
    sinceMs: T0,
    isRemoved,
  });
  const before = patchStatus(inSync(), { reading: 'r1' });
  const messageOf = (status: Status): string | undefined => readyOf(status)?.message;

  it('tells since when, and what will come of it, and that the Secret is still there', () => {
    const status = patchStatus(before, summarize(subjectOf(before), gone(false), T0 + MINUTE));
    expect(status).toMatchObject({ goneSince: '2026-01-01T00:00:00Z', binding: { name: 'db' }, reading: 'r1' });
    expect(messageOf(status)).toBe(
      'spec.data[0]: is not there; Secret db keeps what it has, read less than 15 minutes ago, and as deletionPolicy Delete asks it is removed once AWS has said so for 10 minutes',
    );
  });

  it('tells that the Secret was removed, and nothing more of it, and is the same at the next look', () => {
    const status = patchStatus(before, summarize(subjectOf(before), gone(true), T0 + 11 * MINUTE));
    expect(messageOf(status)).toContain('the Secret was removed, as deletionPolicy Delete asks; it is made again');
    expect(Object.keys(status).toSorted()).toEqual([
      'conditions',
      'goneSince',
      'observedGeneration',
      'reading',
      'store',
    ]);
    expect(status.conditions?.map(({ type, status: is }) => `${type}=${is}`)).toEqual([
      'Ready=False',
      'Reconciling=True',
    ]);
    for (const isRemoved of [true, false]) {
      const patch = summarize(subjectOf(status), gone(isRemoved), T0 + 90 * MINUTE);
      expect(isWorthWriting(subjectOf(status), patch, T0 + 90 * MINUTE)).toBe(false);
    }
  });

  it('lets a grace go on that began before this look knew of it, and takes none from the future', () => {
    const begun = patchStatus(before, { goneSince: '2025-12-31T23:55:00Z' });
    expect(summarize(subjectOf(begun), gone(false), T0)).toMatchObject({ goneSince: '2025-12-31T23:55:00Z' });
    const ahead = patchStatus(before, { goneSince: '2026-01-01T00:05:00Z' });
    expect(summarize(subjectOf(ahead), gone(false), T0)).toMatchObject({ goneSince: '2026-01-01T00:00:00Z' });
  });

  it('ends the grace with any other failure', () => {
    const counting = patchStatus(before, summarize(subjectOf(before), gone(false), T0));
    expect(summarize(subjectOf(counting), failed('AccessDenied'), T0)).toMatchObject({ goneSince: null });
  });

  it('says that the Secret was removed, whatever fails then', () => {
    const removed = patchStatus(before, summarize(subjectOf(before), gone(true), T0));
    const status = patchStatus(removed, summarize(subjectOf(removed), failed('AccessDenied'), T0));
    expect(messageOf(status)).toContain('its Secret was removed with its values');
  });
});
