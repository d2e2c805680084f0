import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type BadCase,
  expectKept,
  expectOthersSync,
  expectRest,
  type Kept,
  lookAt,
  spoil,
} from '../support/bad-cases.ts';
import { makeCanary } from '../support/canary.ts';
import { eventually } from '../support/eventually.ts';
import { forceSync } from '../support/force-sync.ts';
import { refuseSecrets } from '../support/refusing-policy.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';

const canary = makeCanary();
const place = `target-${randomBytes(4).toString('hex')}`;
const at = (name: string): string => `${place}/${name}`;

let stage: Stage;
let team: Team;
let kept: Kept;
let admitSecrets: () => Promise<void> = async () => {};

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const spec = (key: string, target: object = {}, secretKey = 'value'): object => ({
  data: [{ secretKey, remoteRef: { key: at(key) } }],
  target,
});
const typed = (type: string): object => ({ template: { type } });

/** A Secret that somebody else made. */
const foreign = (name: string, metadata: object = {}): Promise<unknown> =>
  stage.cluster.create(`/api/v1/namespaces/${team.namespace}/secrets`, {
    metadata: { name, ...metadata },
    data: { theirs: base64(canary.value('theirs')) },
  });

/** The same, as people make it: kubectl leaves a copy of the data in an annotation. */
const applied = (name: string): Promise<unknown> =>
  stage.kubectl(
    ['apply', '-f', '-'],
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name,
        namespace: team.namespace,
        labels: { team: 'payments' },
        annotations: { note: 'made by hand' },
        finalizers: ['example.com/audit'],
      },
      data: { theirs: base64(canary.value('theirs')) },
    }),
  );

const cases: readonly BadCase[] = [
  {
    it: 'a Secret that exists and is not ours',
    name: 'by-hand',
    good: () => applied('by-hand'),
    bad: spec('plain'),
    reason: 'TargetConflict',
    says: [
      'Secret/by-hand: exists and is not ours; choose another spec.target.name, or let keyferry take it over: kubectl',
    ],
  },
  {
    it: 'a Secret that lets another ExternalSecret in',
    name: 'for-another',
    good: () => foreign('for-another', { annotations: { 'keyferry.dev/accept': 'another' } }),
    bad: spec('plain'),
    reason: 'TargetConflict',
    says: [
      'Secret/for-another: exists and is not ours',
      'for-another --overwrite keyferry.dev/accept=another,for-another',
    ],
  },
  {
    it: 'a Secret that another controller holds, whatever the Secret says',
    name: 'held',
    good: async () => {
      const holder = await stage.cluster.create(`/api/v1/namespaces/${team.namespace}/configmaps`, {
        metadata: { name: 'holder' },
      });
      const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'holder', uid: holder.metadata.uid };
      const annotations = { 'keyferry.dev/accept': 'held' };
      await foreign('held', { annotations, ownerReferences: [{ ...reference, controller: true }] });
    },
    bad: spec('plain'),
    reason: 'TargetConflict',
    says: ['Secret/held: belongs to ConfigMap holder; choose another spec.target.name, or once that no longer'],
  },
  {
    it: 'the Secret of another ExternalSecret',
    name: 'younger',
    good: spec('plain'),
    bad: { target: { name: 'shared' } },
    reason: 'TargetConflict',
    says: ['Secret/shared: belongs to ExternalSecret older; choose another spec.target.name, or delete that'],
  },
  {
    it: 'a Secret that an older ExternalSecret is waiting to make',
    name: 'waiting',
    bad: spec('plain', { name: 'promised' }),
    reason: 'TargetConflict',
    says: ['Secret/promised: is the target of the older ExternalSecret first too; choose another spec.target.name'],
  },
  {
    it: 'another type, which no Secret can take on',
    name: 'retyped',
    good: spec('plain'),
    bad: { target: typed('example.com/token') },
    reason: 'TargetRefused',
    says: ['Secret/retyped: has the type Opaque, which Kubernetes does not let anybody change to example.com/token'],
  },
  {
    it: 'new data for an immutable Secret',
    name: 'frozen',
    good: spec('rotated', { immutable: true }),
    bad: () => stage.aws.putSecret(at('rotated'), canary.value('new')),
    reason: 'TargetImmutable',
    says: ['Secret/frozen: is immutable and its data has changed in AWS; choose a new spec.target.name, or'],
  },
  {
    it: 'data that the type does not allow',
    name: 'docker',
    bad: spec('plain', typed('kubernetes.io/dockerconfigjson'), '.dockerconfigjson'),
    reason: 'TargetRefused',
    says: ['Secret/docker: the cluster refuses it: data'],
  },
  {
    it: 'a key that the type wants and does not get',
    name: 'tls',
    bad: spec('plain', typed('kubernetes.io/tls'), 'tls.crt'),
    reason: 'TargetRefused',
    says: ['Secret/tls: the cluster refuses it: data', 'Required value'],
  },
  {
    it: 'a Secret that a policy of the cluster refuses, in words that repeat the value',
    name: 'policed',
    bad: spec('plain'),
    reason: 'TargetRefused',
    says: ['Secret/policed: the cluster refuses it: the reason is withheld, as it repeats a value'],
  },
];

beforeAll(async () => {
  stage = await setStage(['--log-level', 'debug']);
  team = await stage.team('target');
  await Promise.all(['plain', 'rotated'].map((name) => stage.aws.createSecret(at(name), canary.value(name))));
  admitSecrets = await refuseSecrets(stage.cluster, team.namespace, 'policed', 'value');
  await team.externalSecret('older', spec('plain', { name: 'shared' }));
  await team.externalSecret('first', spec('missing', { name: 'promised' }));
  await team.holds('shared', { value: canary.value('plain') });
  const { metadata } = await team.get('first');
  // The API server's clock has whole seconds, and of two in one second neither is the older.
  const next = Date.parse(metadata.creationTimestamp ?? '') + 1_000;
  await eventually('the next second', () => Date.now() >= next);
  kept = await spoil(team, cases);
});
afterAll(async () => {
  await admitSecrets();
  await stage?.end();
});

const messageOf = async (name: string): Promise<string> => (await team.ready(name, 'False')).message;

/** Runs the command that a message prints, as who reads it does. */
async function runFrom(message: string): Promise<void> {
  const [, line = ''] = /kubectl (.+?)(?:;|, and |$)/.exec(message) ?? [];
  await stage.kubectl((line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", '')));
}

describe('a target that cannot be written stays as it is, and the status tells why', () => {
  for (const each of cases) it(`of ${each.it}`, () => expectKept(stage, team, each, kept));

  it('and what the older ExternalSecret holds is not touched', async () => {
    const { metadata } = await team.get('older');
    const shared = await team.holds('shared', { value: canary.value('plain') });
    expect(shared.metadata.ownerReferences).toMatchObject([{ name: 'older', uid: metadata.uid }]);
    await team.ready('older', 'True', 'Synced');
  });

  it('once, however often it is looked at', () =>
    expectRest(
      stage,
      team,
      cases.map(({ name }) => name),
    ));

  it('while the ExternalSecrets beside it are synced', () => expectOthersSync(stage, team));
});

describe('the way out that the message tells', () => {
  it('lets keyferry in, which leaves what others wrote and takes the copy of the data away', async () => {
    const before = await lookAt(team, 'by-hand');
    await runFrom(await messageOf('by-hand'));
    await forceSync(team, 'by-hand');
    const { metadata } = await team.holds('by-hand', { value: canary.value('plain') });
    const owner = await team.get('by-hand');
    expect(metadata.uid).toBe(before?.uid);
    expect(metadata.labels).toMatchObject({ team: 'payments', 'keyferry.dev/managed': 'true' });
    expect(metadata.annotations).toMatchObject({ note: 'made by hand' });
    expect(metadata.annotations).not.toHaveProperty(['kubectl.kubernetes.io/last-applied-configuration']);
    expect(metadata.finalizers).toEqual(['example.com/audit']);
    expect(metadata.ownerReferences).toMatchObject([{ kind: 'ExternalSecret', uid: owner.metadata.uid }]);
    await team.ready('by-hand', 'True', 'Synced');
    await stage.cluster.mergePatch(team.secretPath('by-hand'), { metadata: { finalizers: null } });
  });

  it('lets keyferry in where another ExternalSecret was let in, and where another controller was', async () => {
    for (const name of ['for-another', 'held']) {
      await runFrom(await messageOf(name));
      await forceSync(team, name);
      const { metadata } = await team.holds(name, { value: canary.value('plain') });
      expect(metadata.ownerReferences).toMatchObject([{ kind: 'ExternalSecret', name, controller: true }]);
      expect(metadata.uid).toBe(kept.get(name)?.uid);
      await team.ready(name, 'True', 'Synced');
    }
  });

  it('makes a Secret of another type anew once it is deleted', async () => {
    const before = await lookAt(team, 'retyped');
    await runFrom(await messageOf('retyped'));
    await team.ready('retyped', 'True', 'Synced');
    const made = await team.holds('retyped', { value: canary.value('plain') });
    expect(made.type).toBe('example.com/token');
    expect(made.metadata.uid).not.toBe(before?.uid);
  });

  it('makes an immutable Secret anew once it is deleted', async () => {
    await runFrom(await messageOf('frozen'));
    const made = await team.holds('frozen', { value: canary.value('new') });
    expect(made.immutable).toBe(true);
    await team.ready('frozen', 'True', 'Synced');
  });

  it('gives the target to the next ExternalSecret when the first one goes', async () => {
    await stage.kubectl(['delete', 'externalsecrets.keyferry.dev', '-n', team.namespace, 'first']);
    await team.holds('promised', { value: canary.value('plain') });
    await team.ready('waiting', 'True', 'Synced');
  });

  it('takes the former Secret away only after the new one is there', async () => {
    await team.change('younger', { spec: { target: { name: 'its-own' } } });
    await team.holds('its-own', { value: canary.value('plain') });
    await eventually('the former Secret to be gone', async () => (await team.secret('younger')) === undefined);
  });
});

it('lets no value out but into Secrets', async () => {
  const { leaks, secrets } = await canary.scan(stage);
  expect(leaks).toEqual([]);
  expect(secrets).toBeGreaterThan(5);
});
