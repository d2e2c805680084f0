import { describe, expect, it } from 'vitest';
import { isNowhere, judgeGone, readingOf } from '../../../src/core/gone.ts';
import type { FetchedValue, ValueRef } from '../../../src/core/ports.ts';
import type { FaultKind } from '../../../src/model/fault.ts';
import { type Failed, fail, type Result, succeed } from '../../../src/model/result.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';
import { MINUTE, T0 } from '../../support/outcomes.ts';

const db: ValueRef = { service: 'SecretsManager', key: 'db' };
const level: ValueRef = { service: 'ParameterStore', key: '/level' };
const bridge: ValueRef = { service: 'ParameterStore', key: '/aws/reference/secretsmanager/db' };
const previous: ValueRef = { ...db, versionStage: 'AWSPREVIOUS' };

/** As AWS says it. */
const absence = (kind: FaultKind, subject: string): Failed => ({
  ok: false,
  faults: [{ kind, subject, detail: 'is not there', isAbsence: true }],
});

describe('values are nowhere', () => {
  const cases: readonly {
    it: string;
    answers: readonly [ValueRef, FaultKind | 'there' | 'invalid'][];
    want: boolean;
  }[] = [
    { it: 'when the one secret is not there', answers: [[db, 'SecretNotFound']], want: true },
    {
      it: 'when none of all is there',
      answers: [
        [db, 'SecretNotFound'],
        [level, 'ParameterNotFound'],
      ],
      want: true,
    },
    {
      it: 'not when one is there',
      answers: [
        [db, 'SecretNotFound'],
        [level, 'there'],
      ],
      want: false,
    },
    {
      it: 'not when one is denied',
      answers: [
        [db, 'AccessDenied'],
        [level, 'ParameterNotFound'],
      ],
      want: false,
    },
    { it: 'not when it is denied', answers: [[db, 'AccessDenied']], want: false },
    { it: 'not when it is throttled', answers: [[db, 'Throttled']], want: false },
    { it: 'not when its name is no valid one', answers: [[db, 'invalid']], want: false },
    { it: 'not in an outage', answers: [[db, 'SourceUnavailable']], want: false },
    { it: 'not without credentials', answers: [[db, 'AssumeRoleDenied']], want: false },
    { it: 'not when it is marked for deletion', answers: [[db, 'MarkedForDeletion']], want: false },
    { it: 'not when it has no value yet', answers: [[db, 'VersionNotFound']], want: false },
    { it: 'not when only a version was asked for', answers: [[previous, 'SecretNotFound']], want: false },
    {
      it: 'when the name is not there, nor a version of it',
      answers: [
        [db, 'SecretNotFound'],
        [previous, 'VersionNotFound'],
      ],
      want: true,
    },
    {
      it: 'not when a version of it is there',
      answers: [
        [db, 'SecretNotFound'],
        [previous, 'there'],
      ],
      want: false,
    },
    {
      it: 'not when a secret is asked for by way of Parameter Store',
      answers: [[bridge, 'ParameterNotFound']],
      want: false,
    },
    { it: 'not when nothing was asked for', answers: [], want: false },
  ];
  const answerOf = (is: FaultKind | 'there' | 'invalid', { key }: ValueRef): Result<FetchedValue> => {
    if (is === 'there') return succeed({ value: SecretValue.ofText('x'), region: 'eu-west-1' });
    if (is === 'invalid') return fail('SecretNotFound', key, 'is no name');
    return is === 'ParameterNotFound' || is === 'SecretNotFound' ? absence(is, key) : fail(is, key, 'is so');
  };
  for (const { it: name, answers, want } of cases) {
    it(name, () => {
      const asked = answers.map(([ref, is]) => {
        return { store: 'SecretStore/aws', ref, answer: answerOf(is, ref) };
      });
      expect(isNowhere(asked)).toBe(want);
    });
  }

  it('not by what another store says of the same name', () => {
    const absent = absence('SecretNotFound', 'db');
    const elsewhere = { store: 'SecretStore/other', ref: previous, answer: absent };
    expect(isNowhere([{ store: 'SecretStore/aws', ref: db, answer: absent }, elsewhere])).toBe(false);
  });

  it('not when an answer is missing', () =>
    expect(isNowhere([{ store: 'SecretStore/aws', ref: db, answer: undefined }])).toBe(false));
});

describe('what a not-found proves', () => {
  const reading = 'r1';
  const since = (ms: number) => new Date(T0 - ms).toISOString();
  const cases: readonly { it: string; status: object; reading?: string | undefined; want: object | undefined }[] = [
    { it: 'is nothing where nothing was ever read whole', status: {}, want: undefined },
    { it: 'is nothing for another spec, store or identity', status: { reading: 'r2' }, want: undefined },
    { it: 'is nothing where AWS does not say who is asking', status: { reading }, reading: undefined, want: undefined },
    { it: 'begins the grace', status: { reading }, want: { sinceMs: T0, isSure: false } },
    {
      it: 'is not sure within ten minutes',
      status: { reading, goneSince: since(10 * MINUTE - 1_000) },
      want: { sinceMs: T0 - 10 * MINUTE + 1_000, isSure: false },
    },
    {
      it: 'is sure after ten minutes',
      status: { reading, goneSince: since(10 * MINUTE) },
      want: { sinceMs: T0 - 10 * MINUTE, isSure: true },
    },
    {
      it: 'begins anew where the grace was forged to begin in the future',
      status: { reading, goneSince: since(-MINUTE) },
      want: { sinceMs: T0, isSure: false },
    },
    {
      it: 'is nothing after a long grace of another reading',
      status: { reading: 'r2', goneSince: since(60 * MINUTE) },
      want: undefined,
    },
  ];
  for (const { it: name, status, want, ...given } of cases) {
    it(name, () => expect(judgeGone(status, 'reading' in given ? given.reading : reading, T0)).toEqual(want));
  }

  it('hangs on the grounds, on every identity, and on the hosts in place of AWS', () => {
    const hosts = ['AWS_ENDPOINT_URL=http://one', 'AWS_ENDPOINT_URL_SSM=http://two'];
    const readings = [
      readingOf('g', ['a'], []),
      readingOf('h', ['a'], []),
      readingOf('g', ['b'], []),
      readingOf('g', ['a', 'b'], []),
      readingOf('g', ['a'], hosts),
      readingOf('g', ['a'], hosts.slice(1)),
      readingOf('g', ['a', ...hosts], []),
    ];
    expect(new Set(readings).size).toBe(readings.length);
    expect(readingOf('g', ['a'], [...hosts])).toBe(readingOf('g', ['a'], hosts));
    for (const unknown of [[], [undefined], ['a', undefined]]) expect(readingOf('g', unknown, [])).toBeUndefined();
  });

  it('is with AWS itself the same as before hosts counted', () =>
    expect(readingOf('g', ['a'], [])).toBe(JSON.stringify(['g', 'a'])));
});
