import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { refresh } from '../support/force-sync.ts';
import { type SecretObject, type Stage, setStage, type Team } from '../support/stage.ts';

const CHANGED_AT = 'keyferry.dev/changed-at';
const REVISION = 'keyferry.dev/revision';

let stage: Stage;
let team: Team;

beforeAll(async () => {
  stage = await setStage();
  team = await stage.team();
});
afterAll(() => stage?.end());

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const patchSecret = (name: string, patch: object): Promise<unknown> =>
  stage.cluster.mergePatch(team.secretPath(name), patch);

/** A Secret in sync whose data has changed once, so that it bears the time of that change. */
async function rotated(name: string, spec: object = {}): Promise<SecretObject> {
  const key = `${team.namespace}/${name}`;
  await stage.aws.createSecret(key, '{"user":"ada","password":"one"}');
  await team.externalSecret(name, {
    data: [entry('user', key, { property: 'user' }), entry('password', key, { property: 'password' })],
    ...spec,
  });
  await team.holds(name, { user: 'ada', password: 'one' });
  await stage.aws.putSecret(key, '{"user":"ada","password":"two"}');
  await refresh(team, name);
  const secret = await team.holds(name, { user: 'ada', password: 'two' });
  expect(secret.metadata.annotations).toHaveProperty([CHANGED_AT]);
  return secret;
}

/** What of a Secret keyferry answers for. */
const image = ({ type, immutable, data, metadata }: SecretObject): object => {
  const { labels, annotations, ownerReferences, finalizers } = metadata;
  return { type, immutable, data, labels, annotations, ownerReferences, finalizers };
};

/** Waits until the Secret is what it was, and another writing of it. */
const restored = (name: string, before: SecretObject): Promise<SecretObject> =>
  eventually(`Secret ${name} to be as it was`, async () => {
    const secret = await team.secret(name);
    const isNew = secret?.metadata.resourceVersion !== before.metadata.resourceVersion;
    if (secret !== undefined && isNew && sameImage(secret, before)) return secret;
    throw new Error(JSON.stringify(secret?.metadata));
  });

function sameImage(one: SecretObject, other: SecretObject): boolean {
  try {
    expect(image(one)).toEqual(image(other));
    return true;
  } catch {
    return false;
  }
}

describe.concurrent('puts right at once, and takes for no change of the data,', () => {
  const cases: readonly { it: string; name: string; patches: readonly object[] }[] = [
    { it: 'an edited value', name: 'edited', patches: [{ data: { password: base64('by hand') } }] },
    { it: 'a key too many', name: 'extra', patches: [{ data: { extra: base64('x') } }] },
    { it: 'a key that is missing', name: 'missing', patches: [{ data: { user: null } }] },
    { it: 'data that is gone', name: 'emptied', patches: [{ data: null }] },
    { it: 'a stripped revision', name: 'revision', patches: [{ metadata: { annotations: { [REVISION]: null } } }] },
    {
      it: 'a forged revision',
      name: 'forged',
      patches: [{ metadata: { annotations: { [REVISION]: `00000000.${'0'.repeat(32)}` } } }],
    },
    {
      it: 'an edit under cover of a stripped revision',
      name: 'unrevised',
      patches: [{ data: { password: base64('by hand') }, metadata: { annotations: { [REVISION]: null } } }],
    },
    {
      it: 'a stripped label of ours',
      name: 'unlabelled',
      patches: [{ metadata: { labels: { 'keyferry.dev/managed': null } } }],
    },
    { it: 'a stripped ownerReference', name: 'disowned', patches: [{ metadata: { ownerReferences: null } }] },
    {
      it: 'an edit under cover of a stripped label',
      name: 'covered',
      patches: [{ data: { password: base64('by hand') }, metadata: { labels: { 'keyferry.dev/managed': null } } }],
    },
    {
      it: 'two edits in a row',
      name: 'twice',
      patches: [{ data: { password: base64('by hand') } }, { data: { user: base64('eve') } }],
    },
  ];
  for (const { it: name, name: secretName, patches } of cases) {
    it(name, async () => {
      const before = await rotated(secretName);
      for (const patch of patches) await patchSecret(secretName, patch);
      const after = await restored(secretName, before);
      expect(after.metadata.uid).toBe(before.metadata.uid);
      await team.ready(secretName, 'True', 'Synced');
    });
  }

  it('an edit that its author has taken back himself', async () => {
    const before = await rotated('taken-back');
    await patchSecret('taken-back', { data: { password: base64('by hand') } });
    await patchSecret('taken-back', { data: { password: base64('two') } });
    await restored('taken-back', before);
    await refresh(team, 'taken-back');
    expect(image((await team.secret('taken-back')) ?? before)).toEqual(image(before));
  });
});

describe.concurrent('a target that is deleted', () => {
  it('is made again within seconds, and holds the same revision', async () => {
    const before = await rotated('deleted');
    await stage.cluster.delete(team.secretPath('deleted'));
    const after = await team.holds('deleted', { user: 'ada', password: 'two' });
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect(after.metadata.annotations?.[REVISION]).toBe(before.metadata.annotations?.[REVISION]);
    expect(after.metadata.annotations).not.toHaveProperty([CHANGED_AT]);
    await team.ready('deleted', 'True', 'Synced');
  });
});

describe.concurrent('what others put on the Secret', () => {
  it('stays through a rotation and a repair', async () => {
    const theirs = {
      labels: { 'example.com/team': 'shop' },
      annotations: { 'example.com/note': 'mind the gap' },
      finalizers: ['example.com/keep'],
    };
    await rotated('theirs');
    await patchSecret('theirs', { metadata: theirs });
    try {
      await stage.aws.putSecret(`${team.namespace}/theirs`, '{"user":"ada","password":"three"}');
      await refresh(team, 'theirs');
      expect((await team.holds('theirs', { user: 'ada', password: 'three' })).metadata).toMatchObject(theirs);
      await patchSecret('theirs', { data: { password: base64('by hand') } });
      expect((await team.holds('theirs', { user: 'ada', password: 'three' })).metadata).toMatchObject(theirs);
    } finally {
      await patchSecret('theirs', { metadata: { finalizers: null } });
    }
  });
});

describe.concurrent('the template', () => {
  it('sets labels and annotations, changes them, and takes away what it no longer names', async () => {
    const target = (metadata: object | null): object => ({ spec: { target: { template: { metadata } } } });
    await rotated('dressed', {
      target: { template: { metadata: { labels: { app: 'shop', tier: 'db' }, annotations: { note: 'a' } } } },
    });
    const dressed = (await team.secret('dressed'))?.metadata;
    expect(dressed).toMatchObject({ labels: { app: 'shop', tier: 'db' }, annotations: { note: 'a' } });

    await patchSecret('dressed', { metadata: { labels: { app: 'stolen' } } });
    await eventually('the edited label to be put right', async () => {
      return (await team.secret('dressed'))?.metadata.labels?.app === 'shop';
    });

    await team.change('dressed', target({ labels: { app: 'cart', tier: null }, annotations: { note: 'b' } }));
    await team.ready('dressed', 'True', 'Synced');
    const changed = (await team.secret('dressed'))?.metadata;
    expect(changed).toMatchObject({ labels: { app: 'cart' }, annotations: { note: 'b' } });
    expect(changed?.labels).not.toHaveProperty('tier');

    await team.change('dressed', { spec: { target: { template: null } } });
    await team.ready('dressed', 'True', 'Synced');
    const bare = (await team.secret('dressed'))?.metadata;
    expect(bare?.labels).not.toHaveProperty('app');
    expect(bare?.annotations).not.toHaveProperty('note');
    expect(bare?.annotations?.[CHANGED_AT]).toBe(dressed?.annotations?.[CHANGED_AT]);
    expect(bare?.labels).toMatchObject({ 'keyferry.dev/managed': 'true' });
  });

  it('gives the type once, and says how to change it', async () => {
    const key = `${team.namespace}/typed`;
    await stage.aws.createSecret(key, 'one');
    const target = (type: string): object => ({ target: { template: { type } } });
    await team.externalSecret('typed', { ...target('example.com/token'), data: [entry('token', key)] });
    const before = await team.holds('typed', { token: 'one' });
    expect(before.type).toBe('example.com/token');

    await team.change('typed', { spec: target('Opaque') });
    const { message } = await team.ready('typed', 'False', 'TargetRefused');
    const cure = `kubectl delete secret -n ${team.namespace} typed`;
    expect(message).toContain(cure);
    expect((await team.secret('typed'))?.metadata.resourceVersion).toBe(before.metadata.resourceVersion);

    await stage.kubectl(cure.split(' ').slice(1));
    await team.ready('typed', 'True', 'Synced');
    expect((await team.holds('typed', { token: 'one' })).type).toBe('Opaque');
  });
});

describe.concurrent('an immutable target', () => {
  it('stays as it is when AWS has new data, and says how to get that', async () => {
    const key = `${team.namespace}/frozen`;
    await stage.aws.createSecret(key, 'one');
    await team.externalSecret('frozen', { target: { immutable: true }, data: [entry('value', key)] });
    const before = await team.holds('frozen', { value: 'one' });
    expect(before.immutable).toBe(true);
    await refresh(team, 'frozen');

    await stage.aws.putSecret(key, 'two');
    await team.change('frozen', { metadata: { annotations: { 'keyferry.dev/force-sync': 'now' } } });
    const { message } = await team.ready('frozen', 'False', 'TargetImmutable');
    const cure = `kubectl delete secret -n ${team.namespace} frozen`;
    expect(message).toContain(cure);
    expect((await team.secret('frozen'))?.metadata.resourceVersion).toBe(before.metadata.resourceVersion);

    await stage.kubectl(cure.split(' ').slice(1));
    expect((await team.holds('frozen', { value: 'two' })).immutable).toBe(true);
    await team.ready('frozen', 'True', 'Synced');
  });

  it('can be made of one that is not', async () => {
    const before = await rotated('freezing');
    await team.change('freezing', { spec: { target: { immutable: true } } });
    await team.ready('freezing', 'True', 'Synced');
    const after = await team.secret('freezing');
    expect(after?.immutable).toBe(true);
    expect(after?.metadata.uid).toBe(before.metadata.uid);
  });
});
