import { describe, expect, it } from 'vitest';
import { patchStatus } from '../../../src/core/patch-status.ts';
import { isWorthWriting, type Outcome, type Status, type Subject, summarize } from '../../../src/core/summarize.ts';
import { specOf } from '../../support/builders.ts';
import { failed, inSync, MINUTE, subjectOf, synced, T0 } from '../../support/outcomes.ts';

describe('a write of the status', () => {
  const worth = (status: Status, outcome: Outcome, nowMs: number, more: Partial<Subject> = {}): boolean => {
    const subject = subjectOf(status, more);
    return isWorthWriting(subject, summarize(subject, outcome, nowMs), nowMs);
  };

  for (const kinds of [
    ['SecretNotFound'],
    ['InvalidSpec'],
    ['Throttled'],
    ['AccessDenied', 'PropertyNotFound'],
  ] as const) {
    it(`is skipped when ${kinds.join(' and ')} is still what is wrong`, () => {
      const broken = patchStatus(inSync(), summarize(subjectOf(inSync()), failed(...kinds), T0 + MINUTE));
      expect(patchStatus(broken, summarize(subjectOf(broken), failed(...kinds), T0 + 2 * MINUTE))).toEqual(broken);
      expect(worth(broken, failed(...kinds.toReversed()), T0 + 2 * MINUTE)).toBe(kinds.length > 1);
      expect(worth(broken, failed(...kinds), T0 + 2 * MINUTE)).toBe(false);
    });
  }

  it('is due when the age of what is served comes to its next step', () => {
    const broken = patchStatus(inSync(), summarize(subjectOf(inSync()), failed('SecretNotFound'), T0));
    expect(worth(broken, failed('SecretNotFound'), T0 + 14 * MINUTE)).toBe(false);
    expect(worth(broken, failed('SecretNotFound'), T0 + 15 * MINUTE)).toBe(true);
  });

  const changes: readonly { it: string; outcome: Outcome; more?: Partial<Subject> }[] = [
    {
      it: 'a new version of the source',
      outcome: synced(T0, { sources: [{ key: 'k', service: 'SecretsManager', region: 'eu-west-1', versionId: 'v2' }] }),
    },
    { it: 'a new resourceVersion of the Secret', outcome: synced(T0, { targetResourceVersion: '124' }) },
    { it: 'a new generation', outcome: synced(T0), more: { generation: 2 } },
    { it: 'a wish that was fulfilled', outcome: synced(T0), more: { forceSync: 'again' } },
    { it: 'another store', outcome: synced(T0, { store: { uid: 'uid-2', generation: 1 } }) },
    { it: 'a failure', outcome: failed('SecretNotFound') },
  ];
  for (const { it: name, outcome, more } of changes) {
    it(`is due for ${name}`, () => expect(worth(inSync(), outcome, T0 + 1_000, more)).toBe(true));
  }

  const times: readonly { it: string; interval: string; ageMs: number; want: boolean }[] = [
    { it: 'of times alone waits', interval: '10s', ageMs: 10_000, want: false },
    {
      it: 'of times alone waits ten minutes with a short interval',
      interval: '10s',
      ageMs: 10 * MINUTE - 1,
      want: false,
    },
    {
      it: 'of times alone is due after ten minutes with a short interval',
      interval: '10s',
      ageMs: 10 * MINUTE,
      want: true,
    },
    {
      it: 'of times alone is due at each refresh of a long interval, which comes a tenth early',
      interval: '1h',
      ageMs: 54 * MINUTE,
      want: true,
    },
    {
      it: 'of times alone waits between refreshes of a long interval',
      interval: '1h',
      ageMs: 50 * MINUTE,
      want: false,
    },
  ];
  for (const { it: name, interval, ageMs, want } of times) {
    it(name, () => {
      const spec = specOf({ refreshInterval: interval });
      const status = patchStatus({}, summarize(subjectOf({}, { spec }), synced(T0), T0));
      expect(worth(status, synced(T0 + ageMs), T0 + ageMs, { spec })).toBe(want);
    });
  }

  it('is not due because the API server gave members back in another order', () => {
    const status = inSync();
    const turned = { ...status, store: { generation: 1, uid: 'uid-aws' } };
    expect(worth(turned, synced(T0), T0)).toBe(false);
  });

  it('is due for an object that nobody has looked at', () => {
    expect(worth({ observedGeneration: -1 }, failed('InvalidSpec'), T0)).toBe(true);
  });
});
