import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BadCase, expectKept, expectOthersSync, expectRest, type Kept, spoil } from '../support/bad-cases.ts';
import { makeCanary } from '../support/canary.ts';
import { type AttachedEnvironment, attachEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { forceSync } from '../support/force-sync.ts';
import { type LimitedOperator, limitOperator, type Right } from '../support/limited-operator.ts';
import { startOperator } from '../support/operator.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';
import { createStore } from '../support/stores.ts';

const canary = makeCanary();

let environment: AttachedEnvironment;
let limited: LimitedOperator;
let stage: Stage;
let healthy: Team;

/** A namespace in which the operator has a right, and then has it no more. */
interface Loss {
  readonly lacks: Right;
  readonly reason: string;
  /** Of the message; `NAMESPACE` stands for the namespace. */
  readonly says: readonly string[];
}

const losses: readonly Loss[] = [
  {
    lacks: 'write Secrets',
    reason: 'TargetRefused',
    says: ['Secret/db: the cluster refuses it: ', 'cannot update resource "secrets"', 'in the namespace "NAMESPACE"'],
  },
  {
    lacks: 'read Secrets',
    reason: 'ClusterUnavailable',
    says: [
      'Secret/db: the operator may not read it: ',
      'cannot get resource "secrets"',
      'grant that to its ServiceAccount',
    ],
  },
  {
    lacks: 'request tokens',
    reason: 'CredentialsInvalid',
    says: ['the operator may not request its tokens; grant the operator the verb create on serviceaccounts/token'],
  },
];

interface Victim {
  readonly team: Team;
  readonly each: BadCase;
  readonly kept: Kept;
}
const victims = new Map<Loss, Victim>();

/** A store that gets credentials of its own, and so a token, the first time that it is read from. */
async function freshStore(team: Team, name: string): Promise<void> {
  const roleArn = `${team.roleArn}-${name}`;
  stage.front.trust(roleArn, { subject: `system:serviceaccount:${team.namespace}:reader` });
  await createStore(stage.cluster, team.namespace, name, { auth: { serviceAccountRef: { name: 'reader', roleArn } } });
}

/** Its Secret is in sync; then the right goes, the value changes, and the operator is to look again. */
async function rob({ lacks, reason, says }: Loss): Promise<Victim> {
  const team = await stage.team('robbed');
  const { namespace } = team;
  const key = `${namespace}/db`;
  await limited.allow(namespace);
  await Promise.all([freshStore(team, 'first'), stage.aws.createSecret(key, canary.value('before'))]);
  const each: BadCase = {
    it: lacks,
    name: 'db',
    good: { secretStoreRef: { name: 'first' }, data: [{ secretKey: 'value', remoteRef: { key } }] },
    bad: async () => {
      await limited.allow(namespace, [lacks]);
      await stage.aws.putSecret(key, canary.value('after'));
      await freshStore(team, 'second');
      await team.change('db', { spec: { secretStoreRef: { name: 'second' } } });
    },
    reason,
    says: says.map((part) => part.replace('NAMESPACE', namespace)),
  };
  return { team, each, kept: await spoil(team, [each]) };
}

const victimOf = (loss: Loss): Victim => {
  const victim = victims.get(loss);
  if (victim === undefined) throw new Error('nobody was robbed of that');
  return victim;
};

beforeAll(async () => {
  environment = attachEnvironment();
  limited = await limitOperator(environment);
  stage = await setStage(['--log-level', 'debug', ...limited.args]);
  healthy = await stage.team('healthy');
  await limited.allow(healthy.namespace);
  await freshStore(healthy, 'own');
  await Promise.all(losses.map(async (loss) => victims.set(loss, await rob(loss))));
});
afterAll(async () => {
  await stage?.end();
  await limited?.end();
  environment?.cluster.close();
});

describe('an operator that may no longer', () => {
  for (const loss of losses) {
    it(`${loss.lacks} leaves the Secret as it is, and says which right is missing`, async () => {
      const { team, each, kept } = victimOf(loss);
      await expectKept(stage, team, each, kept);
      await expectRest(stage, team, ['db']);
    });
  }

  it('work in one namespace works in the others', () => expectOthersSync(stage, healthy, 'own'));

  it('goes on where it was as soon as it may', async () => {
    await Promise.all(
      losses.map(async (loss) => {
        const { team } = victimOf(loss);
        await limited.allow(team.namespace);
        // Credentials that could not be had are not asked for again within five seconds.
        await freshStore(team, 'third');
        await team.change('db', { spec: { secretStoreRef: { name: 'third' } } });
        await team.holds('db', { value: canary.value('after') });
        await team.ready('db', 'True', 'Synced');
      }),
    );
  });
});

describe('an operator that may not write status', () => {
  it('does its work all the same, and says so where it can: in its log', async () => {
    const team = await stage.team('silent');
    await limited.allow(team.namespace, ['write status']);
    await freshStore(team, 'own');
    const key = `${team.namespace}/db`;
    await stage.aws.createSecret(key, canary.value('silent'));
    const data = [{ secretKey: 'value', remoteRef: { key } }];
    await team.externalSecret('db', { secretStoreRef: { name: 'own' }, data });
    await team.holds('db', { value: canary.value('silent') });
    await eventually('the log to tell', () =>
      stage.operator
        .log()
        .split('\n')
        .some((line) => line.includes(`${team.namespace}/db`) && line.includes('externalsecrets/status')),
    );
    await limited.allow(team.namespace);
    await forceSync(team, 'db');
    await team.ready('db', 'True', 'Synced');
  });
});

describe('an operator that may not see all kinds', () => {
  it('is not ready, says which kind it lacks, and is ready when it may', async () => {
    const blind = await limitOperator(stage, 'secretstores');
    const operator = await startOperator({
      kubeconfigPath: stage.kubeconfigPath,
      awsEndpoint: stage.front.endpoint,
      args: blind.args,
      waitUntilReady: false,
    });
    const readyz = operator.metricsUrl.replace('/metrics', '/readyz');
    await eventually('/readyz to name the kind', async () => {
      const response = await fetch(readyz);
      const text = await response.text();
      return response.status === 503 && /^.*SecretStore has not been listed yet: .*403.*$/m.test(text);
    });
    expect(await operator.health('/healthz')).toBe(200);
    await blind.allowEverywhere();
    await eventually('the operator to be ready', async () => (await operator.health('/readyz')) === 200, {
      timeoutMs: 40_000,
    });
    expect(await operator.stop()).toBe(0);
    await blind.end();
  });
});

it('no value got out but into Secrets', async () => {
  const { leaks, secrets } = await canary.scan(stage);
  expect(leaks).toEqual([]);
  expect(secrets).toBe(losses.length + 1);
});
