import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type BadCase,
  expectKept,
  expectMessage,
  expectOthersSync,
  expectRest,
  type Kept,
  settle,
} from '../support/bad-cases.ts';
import { type BadSpec, badSpecs } from '../support/bad-specs.ts';
import { makeCanary } from '../support/canary.ts';
import { ApiError } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { forceSync } from '../support/force-sync.ts';
import { relaxKinds } from '../support/relaxed-kinds.ts';
import { API, installKinds, type Stage, setStage, type Team } from '../support/stage.ts';
import { createStore, storePath, storeReady } from '../support/stores.ts';

const canary = makeCanary();
let stage: Stage;
let team: Team;
let neighbour: Team;

const plurals = { ExternalSecret: 'externalsecrets', SecretStore: 'secretstores' } as const;
const pathOf = (kind: BadSpec['kind']): string => `${API}/namespaces/${team.namespace}/${plurals[kind]}`;

/** What the API server says to it; kubectl asks it to be strict by default. */
async function refusalOf(kind: BadSpec['kind'], spec: object, name = 'refused'): Promise<string> {
  const object = { apiVersion: 'keyferry.dev/v1alpha1', kind, metadata: { name }, spec };
  try {
    await stage.cluster.create(`${pathOf(kind)}?dryRun=All&fieldValidation=Strict`, object);
    return 'nothing: it took it';
  } catch (error) {
    if (error instanceof ApiError && (error.status === 422 || error.status === 400)) return error.message;
    throw error;
  }
}

/** Puts another spec in place of that which is there. */
async function putSpec(kind: BadSpec['kind'], name: string, spec: object): Promise<void> {
  const path = `${pathOf(kind)}/${name}`;
  await stage.cluster.replace(path, { ...(await stage.cluster.get(path)), spec });
}

const nameOf = (_each: BadSpec, index: number): string => `bad-${index}`;
const goodSpec = (store: string): object => ({
  secretStoreRef: { name: store },
  data: [{ secretKey: 'value', remoteRef: { key: `${team.namespace}/good` } }],
});

/** As for any bad input: the Secret is there first, and then the spec of its ExternalSecret, or of its store, is spoilt. */
const forcedCases = (): BadCase[] =>
  badSpecs.map((each, index) => {
    const name = nameOf(each, index);
    return {
      it: each.it,
      name,
      good: goodSpec(each.kind === 'SecretStore' ? name : 'aws'),
      bad: () => putSpec(each.kind, name, each.spec),
      reason: 'InvalidSpec',
      says: [...(each.kind === 'SecretStore' ? [`SecretStore/${name} `] : []), ...each.message],
    };
  });

beforeAll(async () => {
  stage = await setStage(['--log-level', 'debug']);
  [team, neighbour] = await Promise.all([stage.team('spec'), stage.team('neighbour')]);
  await stage.aws.createSecret(`${team.namespace}/good`, canary.value());
});
afterAll(async () => {
  if (stage !== undefined) await installKinds(stage);
  await stage?.end();
});

describe('the API server refuses', () => {
  for (const { it: what, kind, spec, refusal } of badSpecs) {
    it(`${what}, and says which field it is and what to write`, async () => {
      const text = await refusalOf(kind, spec);
      for (const part of refusal) expect(text).toContain(part);
    });
  }

  it('an ExternalSecret whose own name would make a Secret that Helm reads', async () => {
    expect(await refusalOf('ExternalSecret', goodSpec('aws'), 'sh.helm.release.v1.shop.v1')).toContain(
      'a Secret with a name that Helm or kubeadm reads is refused; set spec.target.name to another name',
    );
  });

  it('a reference into another namespace', async () => {
    const there = { name: 'aws', namespace: neighbour.namespace };
    const external = { ...goodSpec('aws'), secretStoreRef: there };
    expect(await refusalOf('ExternalSecret', external)).toContain('unknown field "spec.secretStoreRef.namespace"');
    const account = { region: 'eu-west-1', auth: { serviceAccountRef: there } };
    expect(await refusalOf('SecretStore', account)).toContain('unknown field "spec.auth.serviceAccountRef.namespace"');
    const ref = { ...there, key: 'id' };
    const keys = { region: 'eu-west-1', auth: { secretRef: { accessKeyId: ref, secretAccessKey: ref } } };
    expect(await refusalOf('SecretStore', keys)).toContain('unknown field "spec.auth.secretRef.accessKeyId.namespace"');
  });

  it('nothing of what is well', async () => {
    expect(await refusalOf('ExternalSecret', goodSpec('aws'))).toBe('nothing: it took it');
  });
});

describe('where the CRDs have lost their rules, the operator refuses', () => {
  const titles = badSpecs.map(({ it: what }) => what);
  let cases: BadCase[];
  let kept: Kept;
  let callsBefore: number;

  beforeAll(async () => {
    const stores = badSpecs.flatMap((each, index) => (each.kind === 'SecretStore' ? [nameOf(each, index)] : []));
    const auth = { serviceAccountRef: { name: 'reader' } };
    await Promise.all(stores.map((name) => createStore(stage.cluster, team.namespace, name, { auth })));
    await Promise.all(stores.map((name) => storeReady(stage.cluster, storePath(team.namespace, name), 'True')));
    cases = forcedCases();
    kept = await settle(team, cases);
    await relaxKinds(stage.cluster);
    await eventually('the API server to take anything', async () =>
      (await Promise.all(badSpecs.map(({ kind, spec }) => refusalOf(kind, spec)))).every((text) =>
        text.startsWith('nothing'),
      ),
    );
    callsBefore = stage.front.journal.length;
    await Promise.all(cases.map(({ bad }) => typeof bad === 'function' && bad()));
  });

  for (const [index, title] of titles.entries()) {
    it(`${title}, and leaves the Secret as it is`, async () => {
      const each = cases[index];
      if (each === undefined) throw new Error('no such case');
      await expectKept(stage, team, each, kept);
    });
  }

  it('a bad store in the status of the store, too', async () => {
    for (const [index, each] of badSpecs.entries()) {
      if (each.kind !== 'SecretStore') continue;
      const path = storePath(team.namespace, nameOf(each, index));
      const { status } = await storeReady(stage.cluster, path, 'False', 'InvalidSpec');
      const stalled = status?.conditions?.find(({ type }) => type === 'Stalled');
      for (const part of each.message) expect(stalled?.message).toContain(part);
    }
  });

  it('all of it without a call to AWS and without a second word', async () => {
    await expectRest(
      stage,
      team,
      cases.map(({ name }) => name),
    );
    expect(stage.front.journal.slice(callsBefore)).toEqual([]);
  });

  it('to make a Secret by a name that Helm reads', async () => {
    await team.externalSecret('sh.helm.release.v1.shop.v1', goodSpec('aws'));
    const { message } = await team.ready('sh.helm.release.v1.shop.v1', 'False', 'InvalidSpec');
    expect(message).toContain('set spec.target.name to another name');
    expect(await team.secret('sh.helm.release.v1.shop.v1')).toBeUndefined();
  });

  it('to reach into another namespace', async () => {
    await createStore(stage.cluster, neighbour.namespace, 'theirs', {
      auth: { serviceAccountRef: { name: 'reader' } },
    });
    const there = { namespace: neighbour.namespace };
    await createStore(stage.cluster, team.namespace, 'reaching', {
      auth: { serviceAccountRef: { name: 'stranger', ...there } },
    });
    await stage.cluster.create(`/api/v1/namespaces/${neighbour.namespace}/serviceaccounts`, {
      metadata: { name: 'stranger', annotations: { 'eks.amazonaws.com/role-arn': neighbour.roleArn } },
    });
    await stage.cluster.create(`/api/v1/namespaces/${neighbour.namespace}/secrets`, {
      metadata: { name: 'keys' },
      data: { id: Buffer.from(canary.plain).toString('base64') },
    });
    const ref = { name: 'keys', key: 'id', ...there };
    await createStore(stage.cluster, team.namespace, 'grasping', {
      auth: { secretRef: { accessKeyId: ref, secretAccessKey: ref } },
    });
    await team.externalSecret('reach-store', {
      ...goodSpec('theirs'),
      secretStoreRef: { name: 'theirs', ...there },
    });
    await team.externalSecret('reach-account', goodSpec('reaching'));
    await team.externalSecret('reach-keys', goodSpec('grasping'));
    const { namespace } = team;
    expectMessage(await team.ready('reach-store', 'False', 'StoreNotFound'), [`in the namespace ${namespace}`]);
    expectMessage(await team.ready('reach-account', 'False', 'CredentialsInvalid'), [`${namespace}/stranger`]);
    expectMessage(await team.ready('reach-keys', 'False', 'CredentialsInvalid'), [
      `no Secret keys in namespace ${namespace}`,
    ]);
    const names = ['reach-store', 'reach-account', 'reach-keys'];
    expect(await Promise.all(names.map((name) => team.secret(name)))).toEqual([undefined, undefined, undefined]);
    expect(stage.front.journal.flatMap(({ roleArn }) => roleArn ?? [])).not.toContain(neighbour.roleArn);
    expect(stage.front.journal.flatMap(({ accessKeyId }) => accessKeyId ?? [])).not.toContain(canary.plain);
  });

  it('nothing of what is well', () => expectOthersSync(stage, team));
});

describe('when the CRDs have their rules again', () => {
  beforeAll(async () => {
    await installKinds(stage);
    await eventually('the API server to refuse again', async () =>
      (await Promise.all(badSpecs.map(({ kind, spec }) => refusalOf(kind, spec)))).every(
        (text) => !text.startsWith('nothing'),
      ),
    );
  });

  it('an ExternalSecret whose spec is put right is synced', async () => {
    const index = badSpecs.findIndex(({ kind }) => kind === 'ExternalSecret');
    await putSpec('ExternalSecret', `bad-${index}`, goodSpec('aws'));
    await team.ready(`bad-${index}`, 'True', 'Synced');
    await forceSync(team, `bad-${index}`);
    await team.holds(`bad-${index}`, { value: canary.value() });
  });

  it('a store that is put right serves again', async () => {
    const spec = { region: 'eu-west-1', auth: { serviceAccountRef: { name: 'reader' } } };
    await putSpec('SecretStore', 'bad-0', spec);
    await storeReady(stage.cluster, storePath(team.namespace, 'bad-0'), 'True');
    await team.ready('bad-0', 'True', 'Synced');
  });
});

it('no value got out but into Secrets', async () => {
  const { leaks, secrets } = await canary.scan(stage);
  expect(leaks).toEqual([]);
  expect(secrets).toBeGreaterThan(5);
});
