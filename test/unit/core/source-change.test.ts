import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EventReading, readEvent } from '../../../src/core/source-change.ts';
import { labelUpdated, parameterChanged, type SampleEvent, secretCalled, secretRotated } from '../../support/events.ts';

const TIME = '2026-05-06T07:08:09Z';
const HERE = { region: 'eu-west-1', account: '123456789012', atMs: Date.parse(TIME) };
const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-a1B2c3';
const NAMES = ['prod/db', 'prod/db-a1B2c3'];
const at = { time: TIME };
const V2 = '4d383ea9-084a-49c9-8722-cbfb0f25c456';

const read = (event: SampleEvent | object): EventReading => readEvent(JSON.stringify(event));
const secret = (names: readonly string[], more: object = {}) => ({
  kind: 'change',
  change: { service: 'SecretsManager', ...HERE, names, ...more },
});

describe('an event', () => {
  const cases: readonly { it: string; event: object; want: object }[] = [
    {
      it: 'about a label names the version',
      event: labelUpdated('prod/db', 'v2', at),
      want: secret(NAMES, { moved: { label: 'AWSCURRENT', versionId: 'v2' } }),
    },
    {
      it: 'about a label of one’s own names that',
      event: labelUpdated('prod/db', 'v2', at, 'GREEN'),
      want: secret(NAMES, { moved: { label: 'GREEN', versionId: 'v2' } }),
    },
    {
      it: 'about a label without resources names the secret alone',
      event: { ...labelUpdated('prod/db', 'v2', at), resources: [] },
      want: secret(['prod/db'], { moved: { label: 'AWSCURRENT', versionId: 'v2' } }),
    },
    ...['arn', 'aRN', 'ARN'].map((spelling) => ({
      it: `of a call answered with ${spelling}`,
      event: secretCalled('PutSecretValue', { secretId: 'prod/db' }, { [spelling]: ARN }, at),
      want: secret(NAMES),
    })),
    {
      it: 'of a call without an answer names what was asked: a name',
      event: secretCalled('UpdateSecret', { secretId: 'prod/db' }, null, at),
      want: secret(['prod/db']),
    },
    {
      it: 'of a call without an answer names what was asked: a partial ARN',
      event: secretCalled('RestoreSecret', { secretId: ARN.slice(0, -7) }, null, at),
      want: secret(['prod/db']),
    },
    {
      it: 'of a call for a secret of another account and Region is about those',
      event: secretCalled('DeleteSecret', { secretId: ARN }, null, {
        ...at,
        account: '999999999999',
        region: 'us-east-1',
      }),
      want: secret(NAMES),
    },
    {
      it: 'of a secret that is made names it',
      event: secretCalled('CreateSecret', { name: 'prod/db' }, null, at),
      want: secret(['prod/db']),
    },
    {
      it: 'of stages that are moved',
      event: secretCalled('UpdateSecretVersionStage', { secretId: 'prod/db' }, { arn: ARN }, at),
      want: secret(NAMES),
    },
    ...[
      { it: 'of a new version names it', asked: { clientRequestToken: V2 }, moved: { label: 'AWSCURRENT' } },
      {
        it: 'of a new version names it, among others of its labels',
        asked: { clientRequestToken: V2, versionStages: ['GREEN', 'AWSCURRENT'] },
        moved: { label: 'AWSCURRENT' },
      },
      {
        it: 'of a new version that is not current names its label',
        asked: { clientRequestToken: V2, versionStages: ['AWSPENDING'] },
        moved: { label: 'AWSPENDING' },
      },
      {
        it: 'of a new version with labels of one’s own names none',
        asked: { clientRequestToken: V2, versionStages: ['GREEN', 'BLUE'] },
      },
      { it: 'of a new version whose id is kept secret names none', asked: { clientRequestToken: '***' } },
      { it: 'of a new version whose labels are none names none', asked: { clientRequestToken: V2, versionStages: 7 } },
    ].map(({ it: name, asked, moved }) => ({
      it: name,
      event: secretCalled('PutSecretValue', { secretId: 'prod/db', ...asked }, { arn: ARN }, at),
      want: secret(NAMES, moved && { moved: { ...moved, versionId: V2 } }),
    })),
    {
      it: 'of a stage that is moved names the version',
      event: secretCalled(
        'UpdateSecretVersionStage',
        { secretId: 'prod/db', versionStage: 'AWSCURRENT', moveToVersionId: V2, removeFromVersionId: 'v1' },
        { arn: ARN },
        at,
      ),
      want: secret(NAMES, { moved: { label: 'AWSCURRENT', versionId: V2 } }),
    },
    {
      it: 'of a stage that is taken away names none',
      event: secretCalled(
        'UpdateSecretVersionStage',
        { secretId: 'prod/db', versionStage: 'GREEN', removeFromVersionId: V2 },
        { arn: ARN },
        at,
      ),
      want: secret(NAMES),
    },
    {
      it: 'of an update names no version, since it may be about the description alone',
      event: secretCalled('UpdateSecret', { secretId: 'prod/db', clientRequestToken: V2 }, { arn: ARN }, at),
      want: secret(NAMES),
    },
    {
      it: 'of a rotation that succeeded',
      event: secretRotated('prod/db', 'RotationSucceeded', at),
      want: secret(NAMES),
    },
    ...['Create', 'Update', 'Delete', 'LabelParameterVersion'].map((operation) => ({
      it: `of a parameter: ${operation}`,
      event: parameterChanged('/prod/db', operation, at),
      want: { kind: 'change', change: { service: 'ParameterStore', ...HERE, names: ['prod/db'] } },
    })),
    {
      it: 'of a parameter without resources',
      event: { ...parameterChanged('db', 'Update', at), resources: [] },
      want: { kind: 'change', change: { service: 'ParameterStore', ...HERE, names: ['db'] } },
    },
    ...['RotationStarted', 'RotationFailed', 'RotationAbandoned'].map((name) => ({
      it: `of a rotation tells of no change: ${name}`,
      event: secretRotated('prod/db', name, at),
      want: { kind: 'noChange' },
    })),
    {
      it: 'of a call that reads tells of no change',
      event: secretCalled('GetSecretValue', { secretId: 'prod/db' }, null, at),
      want: { kind: 'noChange' },
    },
    {
      it: 'of a call that AWS refused tells of no change',
      event: secretCalled('PutSecretValue', { secretId: 'prod/db' }, null, at, { errorCode: 'AccessDenied' }),
      want: { kind: 'noChange' },
    },
    {
      it: 'of another kind of parameter change',
      event: parameterChanged('a', 'Other', at),
      want: { kind: 'noChange' },
    },
  ];
  for (const { it: name, event, want } of cases) it(name, () => expect(read(event)).toEqual(want));
});

describe('a message that is no event', () => {
  const good = labelUpdated('prod/db', 'v2', at);
  const poison: readonly { it: string; body: string; why: string }[] = [
    { it: 'is no JSON', body: 'password=hunter2', why: 'notJSON' },
    { it: 'is empty', body: '', why: 'notJSON' },
    { it: 'is too large, whatever it is', body: JSON.stringify({ ...good, pad: 'x'.repeat(70_000) }), why: 'tooLarge' },
    ...[
      { it: 'is null', event: null },
      { it: 'is a list', event: [good] },
      { it: 'is of another service', event: { ...good, source: 'aws.s3' } },
      { it: 'is of another type', event: { ...good, 'detail-type': 'Something Else' } },
      { it: 'was wrapped by something in between', event: { Type: 'Notification', Message: JSON.stringify(good) } },
      { it: 'has no account', event: { ...good, account: undefined } },
      { it: 'has an account that is none', event: { ...good, account: '12345' } },
      { it: 'has a Region that is none', event: { ...good, region: 'mars' } },
      { it: 'has no time', event: { ...good, time: 'yesterday' } },
      { it: 'has no detail', event: { ...good, resources: [], detail: null } },
      { it: 'names an ARN of something else', event: { ...good, resources: ['arn:aws:s3:::bucket'] } },
      { it: 'names no secret', event: secretCalled('PutSecretValue', null, null, at) },
      {
        it: 'names a secret that is too long',
        event: secretCalled('PutSecretValue', { secretId: 'x'.repeat(9_000) }, null, at),
      },
      { it: 'names a secret by a number', event: secretCalled('PutSecretValue', { secretId: 7 }, null, at) },
      { it: 'names no operation', event: { ...parameterChanged('a', 'Update', at), detail: { name: 'a' } } },
      { it: 'names no call', event: { ...secretCalled('x', null, null, at), detail: {} } },
    ].map(({ it: name, event }) => ({ it: name, body: JSON.stringify(event), why: 'unknownShape' })),
  ];
  for (const { it: name, body, why } of poison)
    it(name, () => expect(readEvent(body)).toEqual({ kind: 'poison', why }));

  it('never throws, whatever the text or the JSON', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        expect(['poison', 'noChange', 'change']).toContain(readEvent(body).kind);
      }),
    );
  });

  it('is told apart, whichever part of an event is something else', () => {
    const parts = fc.constantFrom<keyof SampleEvent>('source', 'detail-type', 'account', 'region', 'time', 'detail');
    fc.assert(
      fc.property(parts, fc.jsonValue(), (part, value) => {
        expect(['poison', 'noChange', 'change']).toContain(read({ ...good, [part]: value }).kind);
      }),
    );
  });
});
