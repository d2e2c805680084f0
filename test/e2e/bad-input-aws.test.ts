import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAws, TEST_ACCOUNT, TEST_REGION } from '../support/aws.ts';
import { internalError, stsError, throttled, unavailable } from '../support/aws-errors.ts';
import type { FaultResponse, InjectedFault } from '../support/aws-front.ts';
import type { AwsRequest } from '../support/aws-request.ts';
import { expectEvent, expectMessage, expectOthersSync, lookAt } from '../support/bad-cases.ts';
import { makeCanary } from '../support/canary.ts';
import { eventually } from '../support/eventually.ts';
import { forceSync } from '../support/force-sync.ts';
import { type Condition, type Stage, setStage, type Team } from '../support/stage.ts';
import { createStore } from '../support/stores.ts';

const canary = makeCanary();

/** What AWS does to the calls of one team, whose Secret `synced` is there already and whose Secret `new` is not. */
interface Trouble {
  readonly it: string;
  readonly respond: FaultResponse;
  readonly reason: string;
  readonly says: string;
  /** Calls that one look makes. */
  readonly attempts: number;
  /** A throttle holds the whole Region back, so it has one to itself. */
  readonly region?: string;
}

const troubles: readonly Trouble[] = [
  {
    it: 'throttles',
    respond: throttled(),
    attempts: 3,
    reason: 'Throttled',
    says: `in eu-central-1 of account ${TEST_ACCOUNT}; the account's quota is used up for now`,
    region: 'eu-central-1',
  },
  {
    it: 'has an error of its own',
    respond: internalError(),
    attempts: 3,
    reason: 'SourceUnavailable',
    says: `Secrets Manager in ${TEST_REGION} is not available (InternalService`,
  },
  {
    it: 'is not there behind its load balancer',
    respond: unavailable(),
    attempts: 3,
    reason: 'SourceUnavailable',
    says: `Secrets Manager in ${TEST_REGION} is not available`,
  },
  {
    it: 'closes the connection',
    respond: { reset: true },
    attempts: 3,
    reason: 'SourceUnavailable',
    says: `Secrets Manager in ${TEST_REGION} cannot be reached, or did not answer in time`,
  },
  {
    it: 'answers with a page of somebody else',
    respond: { garbage: `<html><body>Log in to the hotel network, ${canary.plain}</body></html>` },
    attempts: 1,
    reason: 'SourceUnavailable',
    says: `Secrets Manager in ${TEST_REGION} did not answer as AWS does`,
  },
  {
    it: 'answers by halves',
    respond: { garbage: `{"ARN":"arn:aws:secretsmanager:","SecretString":"${canary.plain}` },
    attempts: 1,
    reason: 'SourceUnavailable',
    says: `Secrets Manager in ${TEST_REGION} did not answer as AWS does`,
  },
  {
    it: 'answers without a value',
    respond: { garbage: '{}' },
    attempts: 1,
    reason: 'SourceUnavailable',
    says: `Secrets Manager in ${TEST_REGION} answered, but without a value for this key`,
  },
];
const hang: Trouble = {
  it: 'hangs',
  respond: { hang: true },
  attempts: 3,
  reason: 'SourceUnavailable',
  says: `Secrets Manager in ${TEST_REGION} cannot be reached, or did not answer in time`,
};

/** A team whose AWS is in trouble. */
interface Patient {
  readonly team: Team;
  readonly fault: InjectedFault;
  readonly lastGood: Awaited<ReturnType<typeof lookAt>>;
  readonly troubledAt: number;
}

const NAMES = ['synced', 'new'];
const TWO_LOOKS_EACH = 2 * NAMES.length;

let stage: Stage;
const patients = new Map<Trouble, Promise<Patient>>();

async function admit({ respond, region = TEST_REGION }: Trouble): Promise<Patient> {
  const team = await stage.team('trouble');
  const { namespace } = team;
  await createStore(stage.cluster, namespace, 'there', { region, auth: { serviceAccountRef: { name: 'reader' } } });
  const aws = openAws(stage.motoEndpoint, region);
  // A secret each: their calls go together at one look, and alone at another.
  const keyOf = (name: string): string => `${namespace}/broken-${name}`;
  await Promise.all(NAMES.map((name) => aws.createSecret(keyOf(name), canary.value(namespace))));
  const specOf = (name: string): object => ({
    secretStoreRef: { name: 'there' },
    // No try waits longer: after half a dozen in an hour's interval, the next may be more than a minute away.
    refreshInterval: '15s',
    data: [{ secretKey: 'value', remoteRef: { key: keyOf(name) } }],
  });
  await team.externalSecret('synced', specOf('synced'));
  await team.ready('synced', 'True', 'Synced');
  const lastGood = await lookAt(team, 'synced');
  const match = ({ ids }: AwsRequest): boolean => ids.some((id) => id.startsWith(keyOf('')));
  const fault = stage.front.inject({ match, respond });
  const troubledAt = Date.now();
  await Promise.all([forceSync(team, 'synced'), team.externalSecret('new', specOf('new'))]);
  return { team, fault, lastGood, troubledAt };
}

const patientOf = async (trouble: Trouble): Promise<Patient> => {
  const patient = await patients.get(trouble);
  if (patient === undefined) throw new Error('nobody of this kind');
  return patient;
};

/** Waits until the condition that tells what is going on says the reason. */
const reconciling = ({ team }: Patient, reason: string, timeoutMs = 15_000): Promise<Condition> =>
  eventually(
    `ExternalSecret ${team.namespace}/synced to be Reconciling for ${reason}`,
    async () => {
      const { status } = await team.get('synced');
      const found = status?.conditions?.find((condition) => condition.type === 'Reconciling');
      return found?.reason === reason && found;
    },
    { timeoutMs },
  );

/** A Secret that was in sync stays Ready; one that never was is not; neither is touched. */
async function expectServed(patient: Patient, { reason, says }: Trouble): Promise<void> {
  const { team, lastGood } = patient;
  expectMessage(await reconciling(patient, reason), ['spec.data[0]: ', says]);
  expect((await team.ready('synced', 'True', 'Synced')).status).toBe('True');
  expect(await lookAt(team, 'synced')).toEqual(lastGood);
  const fresh = await team.ready('new', 'False', reason);
  expectMessage(fresh, ['spec.data[0]: ', says, 'no Secret has been written yet']);
  expect(await lookAt(team, 'new')).toBeUndefined();
  await Promise.all(NAMES.map((name) => expectEvent(stage, team, name, reason)));
}

/** Both come back by themselves, and nothing of the trouble is left in their status. */
async function expectRecovery({ team, fault }: Patient): Promise<void> {
  fault.remove();
  for (const name of NAMES) {
    const isWell = async (): Promise<boolean> => (await team.get(name)).status?.conditions?.length === 1;
    await eventually(`${name} to be well`, isWell, { timeoutMs: 60_000 });
    await team.ready(name, 'True', 'Synced');
    await team.holds(name, { value: canary.value(team.namespace) });
  }
}

const versionsOf = async ({ team }: Patient): Promise<(string | undefined)[]> =>
  (await Promise.all(NAMES.map((name) => team.get(name)))).map(({ metadata }) => metadata.resourceVersion);

beforeAll(async () => {
  stage = await setStage(['--log-level', 'debug']);
  // All at once, the one that takes half a minute too.
  for (const trouble of [hang, ...troubles]) patients.set(trouble, admit(trouble));
  await Promise.all(patients.values());
});
afterAll(() => stage?.end());

describe('while a call to AWS hangs', () => {
  it('an ExternalSecret beside it is synced at once', async () => {
    const { team, fault } = await patientOf(hang);
    await eventually('the call to be made', () => fault.hits() > 0);
    await expectOthersSync(stage, team);
    expect((await team.get('new')).status?.conditions).toBeUndefined();
  });
});

for (const trouble of troubles) {
  describe(`when AWS ${trouble.it}`, () => {
    it('a Secret that was in sync is served on, and the status tells why', async () => {
      await expectServed(await patientOf(trouble), trouble);
    });

    it('the ExternalSecrets beside it are synced', async () => {
      await expectOthersSync(stage, (await patientOf(trouble)).team);
    });
  });
}

// Side by side, since each is mostly a wait for what the operator does by itself.
describe.concurrent('an outage', () => {
  it('is tried again and again and written of once, and is over when it is over', async () => {
    const all = await Promise.all(troubles.map(patientOf));
    const versions = await Promise.all(all.map(versionsOf));
    const enough = all.map(({ fault }, index) => fault.hits() + TWO_LOOKS_EACH * (troubles[index]?.attempts ?? 1));
    await eventually(
      'every ExternalSecret to be looked at again and again',
      () => all.every(({ fault }, index) => fault.hits() >= (enough[index] ?? 0)),
      { timeoutMs: 45_000 },
    );
    expect(await Promise.all(all.map(versionsOf))).toEqual(versions);
    await Promise.all(all.map(expectRecovery));
  }, 90_000);

  it('of STS is told as credentials that cannot be had', async () => {
    const team = await stage.team('sts');
    const roleArn = `${team.roleArn}-other`;
    const fault = stage.front.inject({
      match: ({ input }) => input.RoleArn === roleArn,
      respond: stsError('InternalFailure', 'An internal error occurred.', 500),
    });
    const auth = { serviceAccountRef: { name: 'reader', roleArn } };
    await createStore(stage.cluster, team.namespace, 'other', { auth });
    await stage.aws.createSecret(`${team.namespace}/db`, canary.value('sts'));
    await team.externalSecret('db', { data: [{ secretKey: 'value', remoteRef: { key: `${team.namespace}/db` } }] });
    await team.ready('db', 'True', 'Synced');
    const lastGood = await lookAt(team, 'db');
    await team.change('db', { spec: { secretStoreRef: { name: 'other' } } });
    const ready = await team.ready('db', 'False', 'CredentialsUnavailable');
    expectMessage(ready, [`AWS STS in ${TEST_REGION} cannot be reached`, 'Secret db keeps what it has']);
    expect(await lookAt(team, 'db')).toEqual(lastGood);
    stage.front.trust(roleArn, { subject: `system:serviceaccount:${team.namespace}:reader` });
    fault.remove();
    await eventually('the store to serve', async () => (await team.get('db')).status?.conditions?.length === 1, {
      timeoutMs: 40_000,
    });
    await team.ready('db', 'True', 'Synced');
  }, 90_000);

  it('in which calls hang is one within half a minute', async () => {
    const patient = await patientOf(hang);
    await reconciling(patient, hang.reason, 45_000);
    const tookMs = Date.now() - patient.troubledAt;
    // Three attempts of nine seconds each, well within the thirty that a fetch has; the rest is a busy machine.
    expect(tookMs).toBeGreaterThan(9_000);
    expect(tookMs).toBeLessThan(40_000);
    await expectServed(patient, hang);
    await expectRecovery(patient);
  }, 90_000);
});

it('no value got out but into Secrets', async () => {
  const { leaks, secrets } = await canary.scan(stage);
  expect(leaks).toEqual([]);
  expect(secrets).toBeGreaterThan(troubles.length);
});
