import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { logLines } from '../support/log-lines.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';

let stage: Stage;
let team: Team;

beforeAll(async () => {
  stage = await setStage();
  team = await stage.team();
});
afterAll(() => stage?.end());

describe('the main job', () => {
  it('makes an owned Secret of what the ExternalSecret asks for', async () => {
    await stage.aws.createSecret(
      `${team.namespace}/db`,
      '{"credentials":{"username":"ada","password":"s3cret"},"port":5432,"rate":1.10}',
    );
    await stage.aws.putParameter(`/${team.namespace}/level`, 'debug');
    await team.externalSecret('db', {
      data: [
        { secretKey: 'username', remoteRef: { key: `${team.namespace}/db`, property: 'credentials.username' } },
        { secretKey: 'password', remoteRef: { key: `${team.namespace}/db`, property: 'credentials.password' } },
        { secretKey: 'rate', remoteRef: { key: `${team.namespace}/db`, property: 'rate' } },
        { secretKey: 'level', remoteRef: { key: `/${team.namespace}/level`, service: 'ParameterStore' } },
      ],
    });
    const secret = await team.holds('db', { username: 'ada', password: 's3cret', rate: '1.10', level: 'debug' });
    await team.ready('db', 'True', 'Synced');
    const owner = await team.get('db');
    expect(secret.metadata.ownerReferences).toMatchObject([
      { kind: 'ExternalSecret', name: 'db', uid: owner.metadata.uid, controller: true, blockOwnerDeletion: false },
    ]);
    expect(secret.metadata.labels).toMatchObject({ 'keyferry.dev/managed': 'true' });
  });

  it('makes one call to STS for all of that', () => {
    expect(stage.front.calls('AssumeRoleWithWebIdentity')).toHaveLength(1);
  });

  it('follows a rotation when a refresh is forced', async () => {
    await stage.aws.putSecret(
      `${team.namespace}/db`,
      '{"credentials":{"username":"ada","password":"n3w"},"port":5432,"rate":1.10}',
    );
    await team.change('db', { metadata: { annotations: { 'keyferry.dev/force-sync': '1' } } });
    await team.holds('db', { username: 'ada', password: 'n3w', rate: '1.10', level: 'debug' });
  });

  it('ends in good order', async () => {
    const { operator } = stage;
    expect(await operator.stop()).toBe(0);
    // What waits for other lines is written when the process ends.
    await eventually('the last line of the log', () => logLines(operator.log()).at(-1)?.msg === 'Stopped');
    await eventually('the operator is gone', () => !operator.running());
  });
});
