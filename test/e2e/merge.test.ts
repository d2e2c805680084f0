import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { forceSync, refresh } from '../support/force-sync.ts';
import { API, type SecretObject, type Stage, setStage, type Team } from '../support/stage.ts';
import { createWorkload } from '../support/workloads.ts';

let stage: Stage;
let team: Team;

beforeAll(async () => {
  stage = await setStage();
  team = await stage.team();
});
afterAll(() => stage?.end());

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const keyOf = (name: string): string => `${team.namespace}/${name}`;
const secretsPath = (): string => `/api/v1/namespaces/${team.namespace}/secrets`;

/** A Secret of others, with a key of theirs. */
const foreign = (name: string, accept: string, more: object = {}): Promise<SecretObject> =>
  stage.cluster.create(secretsPath(), {
    metadata: { name, annotations: { 'keyferry.dev/accept': accept } },
    data: { theirs: base64('x') },
    ...more,
  });

/** An ExternalSecret that merges the key of its own name. */
async function merge(name: string, into: string, more: object = {}): Promise<void> {
  await stage.aws.createSecret(keyOf(name), 'one');
  await team.externalSecret(name, {
    target: { name: into, creationPolicy: 'Merge' },
    data: [entry(name, keyOf(name))],
    ...more,
  });
}

async function inSync(name: string, into: string): Promise<void> {
  await merge(name, into);
  await team.ready(name, 'True', 'Synced');
}

const edit = (name: string, patch: object): Promise<unknown> =>
  stage.cluster.mergePatch(`${team.secretPath(name)}?fieldManager=by-hand`, patch);

/** Does what the message says: its kubectl lines. */
async function obey(message: string): Promise<void> {
  const [, line = ''] = /kubectl ((?:annotate|patch) secret .*?)(?:;|$)/.exec(message) ?? [];
  const args = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  await stage.kubectl(args.map((arg) => arg.replace(/^-p=?'(.*)'$/, '-p=$1')));
}

describe.concurrent('creationPolicy Merge', () => {
  it('waits for the Secret and for the consent of its author, and then adds its keys', async () => {
    await merge('guest', 'house', { refreshInterval: '10s' });
    const absent = await team.ready('guest', 'False', 'TargetNotFound');
    expect(absent.message).toContain('keyferry.dev/accept=guest');
    expect(await team.secret('house')).toBeUndefined();
    const before = await foreign('house', 'other');
    const { message } = await team.ready('guest', 'False', 'TargetConflict');
    expect((await team.secret('house'))?.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    await obey(message);
    await team.ready('guest', 'True', 'Synced');
    const { metadata, type } = await team.holds('house', { theirs: 'x', guest: 'one' });
    expect(type).toBe('Opaque');
    expect(metadata).not.toHaveProperty('ownerReferences');
    expect(metadata.labels).toEqual({ 'keyferry.dev/managed': 'true' });
    expect(metadata.annotations).toMatchObject({ 'keyferry.dev/accept': 'other,guest' });
  });

  it('lets several share a Secret, each its keys, which stay when it goes and pass to its successor', async () => {
    await foreign('flat', 'ada, bob');
    await Promise.all(['ada', 'bob'].map((name) => inSync(name, 'flat')));
    await team.holds('flat', { theirs: 'x', ada: 'one', bob: 'one' });
    await team.change('bob', { spec: { data: [entry('robert', keyOf('bob'))] } });
    await team.holds('flat', { theirs: 'x', ada: 'one', robert: 'one' });

    await stage.cluster.delete(`${API}/namespaces/${team.namespace}/externalsecrets/ada`);
    await stage.aws.putSecret(keyOf('bob'), 'two');
    await refresh(team, 'bob');
    await team.holds('flat', { theirs: 'x', ada: 'one', robert: 'two' });

    await stage.aws.putSecret(keyOf('ada'), 'two');
    const data = [entry('ada', keyOf('ada'))];
    await team.externalSecret('ada', { target: { name: 'flat', creationPolicy: 'Merge' }, data });
    await team.ready('ada', 'True', 'Synced');
    await team.holds('flat', { theirs: 'x', ada: 'two', robert: 'two' });
  });

  it('minds its own keys only: what others do to theirs is theirs, what goes of its own comes back', async () => {
    await foreign('yard', 'cat');
    await inSync('cat', 'yard');
    await edit('yard', { data: { theirs: base64('y'), more: base64('z') } });
    const edited = await team.holds('yard', { theirs: 'y', more: 'z', cat: 'one' });
    await refresh(team, 'cat');
    expect((await team.secret('yard'))?.metadata.resourceVersion).toBe(edited.metadata.resourceVersion);
    await edit('yard', { data: { cat: null }, metadata: { labels: { 'keyferry.dev/managed': null } } });
    const restored = await team.holds('yard', { theirs: 'y', more: 'z', cat: 'one' });
    expect(restored.metadata.annotations).toEqual(edited.metadata.annotations);
  });

  it('takes no key from others, and names the key and who holds it', async () => {
    await foreign('desk', 'pen', { data: { pen: base64('theirs') } });
    await merge('pen', 'desk');
    const first = await team.ready('pen', 'False', 'TargetConflict');
    expect(first.message).toMatch(/others hold keys of it with other values, .*: pen \(\S+\)/);
    await team.holds('desk', { pen: 'theirs' });
    await obey(first.message);
    await forceSync(team, 'pen');
    await team.ready('pen', 'True', 'Synced');
    await team.holds('desk', { pen: 'one' });

    await edit('desk', { data: { pen: base64('by hand') } });
    const { message } = await team.ready('pen', 'False', 'TargetConflict');
    expect(message).toContain('pen (by-hand)');
    await team.holds('desk', { pen: 'by hand' });
    await obey(message);
    await team.ready('pen', 'True', 'Synced');
    await team.holds('desk', { pen: 'one' });
  });

  it('adds nothing to what Helm or Kubernetes reads, nor to what another ExternalSecret owns', async () => {
    const release = await foreign('release', 'helm', { type: 'helm.sh/release.v1' });
    await merge('helm', 'release');
    expect((await team.ready('helm', 'False', 'TargetRefused')).message).toContain('helm.sh/release.v1');
    expect((await team.secret('release'))?.metadata.resourceVersion).toBe(release.metadata.resourceVersion);

    await stage.aws.createSecret(keyOf('owner'), 'one');
    await team.externalSecret('owner', { data: [entry('value', keyOf('owner'))] });
    await team.ready('owner', 'True', 'Synced');
    await edit('owner', { metadata: { annotations: { 'keyferry.dev/accept': 'tenant' } } });
    await merge('tenant', 'owner');
    const { message } = await team.ready('tenant', 'False', 'TargetConflict');
    expect(message).toContain('belongs to ExternalSecret owner');
    await team.holds('owner', { value: 'one' });
  });

  it('is chosen once', async () => {
    await merge('lasting', 'none');
    await team.externalSecret('owning', { data: [entry('value', keyOf('lasting'))] });
    const change = (name: string, creationPolicy: string): Promise<void> =>
      team.change(name, { spec: { target: { creationPolicy } } });
    for (const [name, policy] of [
      ['lasting', 'Owner'],
      ['lasting', 'Orphan'],
      ['owning', 'Merge'],
    ] as const) {
      await expect(change(name, policy)).rejects.toThrow('may not change to or from Merge');
    }
  });

  it('restarts a workload once for each change of any part of the Secret, and for nothing else', async () => {
    await foreign('crew', 'tic,tac');
    const workload = await createWorkload(stage.cluster, team, 'crew', { restartOn: 'crew' });
    await workload.rolledOut();
    await inSync('tic', 'crew');
    await workload.hasRolled(1);
    await inSync('tac', 'crew');
    await workload.hasRolled(2);
    await edit('crew', { data: { theirs: base64('y') } });
    await edit('crew', { data: { tic: null } });
    await team.holds('crew', { theirs: 'y', tic: 'one', tac: 'one' });
    await stage.aws.putSecret(keyOf('tac'), 'two');
    await refresh(team, 'tac');
    await workload.hasRolled(3);
    await eventually('the record of that', async () => {
      const { metadata, spec } = await workload.get();
      const { 'keyferry.dev/changed-at': _none, ...changes } = (await team.secret('crew'))?.metadata.annotations ?? {};
      const times = Object.entries(changes).flatMap(([name, at]) => (name.includes('/changed-at.') ? [at] : []));
      const seen: string = JSON.parse(metadata.annotations?.['keyferry.dev/seen-revisions'] ?? '{}').crew ?? '';
      return times.length === 2 && seen.endsWith(`@${times.toSorted().at(-1)}`) && spec;
    });
    expect((await workload.get()).metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('4');
  });
});
