import { describe, expect, it } from 'vitest';
import { memberError, readAwsError } from '../../../src/aws/aws-error.ts';
import { CAUSES } from '../../../src/aws/refusal.ts';
import { stsFault } from '../../../src/aws/sts-fault.ts';
import { notFound, refusedCredentials, translate, unanswered } from '../../../src/aws/translate.ts';
import { access, errorOf, keyAccess, parameter, sdkError, secret } from './refusals/case.ts';
import { tables } from './refusals/table.ts';
import { token } from './refusals/tokens.ts';

for (const { name, cases, explain } of tables) {
  describe(`a refusal ${name}`, () => {
    for (const each of cases) {
      it(`by ${each.it} is ${each.cause}`, () => {
        const refusal = explain(each);
        expect(refusal).toMatchObject({ cause: each.cause, kind: each.kind });
        for (const words of each.says) expect(refusal.detail).toContain(words);
        for (const words of each.saysNot ?? []) expect(refusal.detail).not.toContain(words);
      });
    }

    it("is told without AWS's own words, request ids, sessions and times", () => {
      for (const each of cases) {
        const { detail } = explain(each);
        const { message } = errorOf(each);
        if (message !== '') expect(detail).not.toContain(message);
        expect(detail).not.toMatch(/request ?id|assumed-role|\d\d:\d\d|2026112|7b6ae355|0965014b|\.$/i);
      }
    });
  });
}

it('every cause has a case', () => {
  const shown = new Set(tables.flatMap(({ cases }) => cases.map(({ cause }) => cause)));
  expect(CAUSES.filter((cause) => !shown.has(cause))).toEqual(['no-answer']);
  expect(unanswered(secret, access)).toMatchObject({ kind: 'SourceUnavailable', subject: 'shop/db' });
});

it('is an absence only where AWS says so: deletionPolicy Delete goes by it', () => {
  const found = (tables[0]?.cases ?? []).map((each) => {
    const fault = translate(each.api ?? 'GetSecretValue', errorOf(each), each.ref ?? secret, each.access ?? access);
    return { it: each.it, cause: each.cause, isAbsence: fault.isAbsence };
  });
  const absences = new Set(['secret-not-found', 'parameter-not-found']);
  for (const { cause, isAbsence, ...which } of found) {
    expect({ ...which, isAbsence }).toEqual({ ...which, isAbsence: absences.has(cause) ? true : undefined });
  }
  expect(found.filter(({ isAbsence }) => isAbsence).length).toBeGreaterThan(2);
});

describe('the text', () => {
  it('is the same for a secret that was read alone, in a batch, or as a member of one', () => {
    const reads = tables[0]?.cases.filter(({ api }) => api === undefined) ?? [];
    for (const each of reads) {
      const error = errorOf(each);
      const ref = each.ref ?? secret;
      const where = each.access ?? access;
      const alone = translate('GetSecretValue', error, ref, where);
      expect(translate('BatchGetSecretValue', error, ref, where)).toEqual(alone);
      if (!['client', 'denied', 'credentials'].includes(error.class)) continue;
      const member = memberError(`${error.name}Exception`, error.message);
      expect(translate('GetSecretValue', member, ref, where)).toEqual(alone);
    }
  });

  it('is found in the beginning of what AWS says, however long that is', () => {
    const endless = `${'because no '.repeat(1_000_000)}policy`;
    for (const error of [
      readAwsError(sdkError('AccessDenied', endless, 403)),
      memberError('AccessDeniedException', endless),
    ]) {
      expect(error.message.length).toBeLessThan(5_000);
      expect(translate('GetSecretValue', error, secret, access).kind).toBe('AccessDenied');
    }
  });

  it('has the key as subject, and the store where the credentials are at fault', () => {
    const error = readAwsError(sdkError('AccessDenied', 'no'));
    expect(translate('GetSecretValue', error, secret, access).subject).toBe('shop/db');
    expect(stsFault(error, access, token).faults[0].subject).toBe('SecretStore/aws');
  });

  it('holds nothing of a token that is none', () => {
    const error = readAwsError(sdkError('AccessDenied', 'no', 403));
    for (const broken of [
      '',
      'canary',
      'a.canary.b',
      `a.${Buffer.from('{"iss":"canary\\n"}').toString('base64url')}.b`,
    ]) {
      const { detail } = stsFault(error, access, broken).faults[0];
      expect(detail).toContain('issuer https://ISSUER, subject system:serviceaccount:shop:reader');
      expect(detail).not.toContain('canary');
    }
    expect(stsFault(error, access, token).faults[0].detail).not.toContain(token.split('.')[2]);
  });

  it('for credentials is that of the fault that the next one who asks gets', () => {
    const error = readAwsError(sdkError('UnrecognizedClientException', 'no'));
    expect(refusedCredentials(error, keyAccess)).toContain('Secret shop/aws-key');
  });

  it('tells a parameter that is not there from a version that is not there', () => {
    expect(notFound(parameter, access).kind).toBe('ParameterNotFound');
    expect(notFound({ ...parameter, label: 'gold' }, access)).toMatchObject({
      kind: 'VersionNotFound',
      detail: expect.stringContaining('"gold"'),
    });
  });
});
