import { expect, it } from 'vitest';
import { hintsOf } from '../../../src/core/hints.ts';

const denied = (identity: string) => ({ kind: 'batchDenied', identity }) as const;

it('says who may not read in batches, what it costs, and the statement to add, on one line', () => {
  const [hint = ''] = hintsOf([denied('arn:aws:iam::123456789012:role/reader')]);
  expect(hint).toContain('arn:aws:iam::123456789012:role/reader may not call secretsmanager:BatchGetSecretValue');
  expect(hint).toContain('up to twenty times the calls');
  const statement: unknown = JSON.parse(hint.slice(hint.indexOf('{')));
  expect(statement).toEqual({ Effect: 'Allow', Action: 'secretsmanager:BatchGetSecretValue', Resource: '*' });
  expect(hint).not.toContain('\n');
});

it('says the same in the same order, once, and never more than the CRD takes', () => {
  const notes = Array.from({ length: 30 }, (_, at) => denied(`role-${at}`));
  expect(hintsOf(notes.toReversed())).toEqual(hintsOf([...notes, ...notes]));
  expect(hintsOf(notes)).toHaveLength(20);
});

it('says which Region serves in place of which', () => {
  const note = { kind: 'failover', region: 'eu-west-1', servedBy: 'us-west-2' } as const;
  expect(hintsOf([note])).toEqual([expect.stringMatching(/^eu-west-1 failed .* us-west-2 serves them/)]);
});

const stale = (secret: string) => ({ kind: 'stalePending', secret, versionId: 'v3', region: 'eu-west-1' }) as const;

it('says which rotation is blocked, by which version, and the command that helps', () => {
  expect(hintsOf([stale('shop/db')])).toEqual([
    'the rotation of secret "shop/db" in eu-west-1 is blocked, because version v3 still bears AWSPENDING from a rotation that did not finish; take the label away: ' +
      'aws secretsmanager update-secret-version-stage --secret-id shop/db --version-stage AWSPENDING --remove-from-version-id v3 --region eu-west-1',
  ]);
});

it('says it of ten secrets at most, the same ones whatever the order, and leaves room for the rest', () => {
  const notes = Array.from({ length: 30 }, (_, at) => stale(`s${at}`));
  const others = [denied('role-a'), denied('role-b')];
  const hints = hintsOf([...notes, ...others]);
  expect(hints).toHaveLength(12);
  expect(hints.filter((hint) => hint.includes('BatchGetSecretValue'))).toHaveLength(2);
  expect(hintsOf([...others, ...notes.toReversed()])).toEqual(hints);
  expect(hints).toEqual(hints.toSorted());
});

it('says nothing where there is nothing to say', () => expect(hintsOf([])).toEqual([]));
