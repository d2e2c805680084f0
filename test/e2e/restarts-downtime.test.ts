import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { forceSync, refresh } from '../support/force-sync.ts';
import { type Rotation, rotationOf } from '../support/rotation.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';
import {
  countTemplateChanges,
  createWorkload,
  envFrom,
  type TemplateChanges,
  type Workload,
} from '../support/workloads.ts';

const INSTALLATION_KEY = '/api/v1/namespaces/keyferry/secrets/keyferry-installation-key';

/** Of a Secret and its workload each. */
const NAMES = ['unchanged', 'missed', 'killed'] as const;
type Name = (typeof NAMES)[number];

let stage: Stage;
let team: Team;
let secrets: Rotation;
let changes: TemplateChanges;
const workloads = new Map<string, Workload>();

const workload = (name: Name): Workload => {
  const found = workloads.get(name);
  if (found === undefined) throw new Error(`no workload ${name}`);
  return found;
};
const settled = (): Promise<unknown> => Promise.all(NAMES.map((name) => workload(name).hasSeen(name)));

beforeAll(async () => {
  stage = await setStage();
  team = await stage.team();
  secrets = rotationOf(stage, team);
  changes = await countTemplateChanges(stage.cluster, team);
  await Promise.all(
    NAMES.map(async (name) => {
      const made = await createWorkload(stage.cluster, team, name, { restartOn: '*', container: envFrom(name) });
      workloads.set(name, made);
      await made.rolledOut();
      await secrets.publish(name);
      await made.hasSeen(name);
    }),
  );
});
afterAll(() => stage?.end());

describe('an operator that was away', () => {
  it('rolls for what changed meanwhile, and for what its predecessor had written and not lived to roll for, once', async () => {
    const written = await secrets.putNew('killed');
    await forceSync(team, 'killed');
    await team.holds('killed', { password: written });
    await stage.operator.kill();
    expect(await changes()).toEqual({ unchanged: 0, missed: 0, killed: 0 });
    const missed = await secrets.putNew('missed');
    await forceSync(team, 'missed');
    await stage.restartOperator();
    await team.holds('missed', { password: missed });
    await Promise.all([workload('killed').hasRolled(1), workload('missed').hasRolled(1)]);
    await settled();
    expect(await changes()).toEqual({ unchanged: 0, missed: 1, killed: 1 });
  });

  it('rolls no workload again that its predecessor had rolled just before its end, and none for a new installation key', async () => {
    const before = await workload('killed').restartedAt();
    await secrets.rotate('killed');
    const isPatched = async (): Promise<boolean> => (await workload('killed').restartedAt()) !== before;
    await eventually('the patch', isPatched, { everyMs: 5 });
    await stage.operator.kill();
    const [id] = await keyIds();
    await stage.cluster.delete(INSTALLATION_KEY);
    const value = await secrets.putNew('missed');
    await stage.restartOperator();
    await Promise.all(NAMES.map((name) => refresh(team, name)));
    await team.holds('missed', { password: value });
    const ids = await keyIds();
    expect(ids).toHaveLength(1);
    expect(ids).not.toContain(id);
    // That one has changed beside, so by the time that it has rolled the others would have, too.
    await Promise.all([workload('killed').hasRolled(2), workload('missed').hasRolled(2)]);
    await settled();
    expect(await changes()).toEqual({ unchanged: 0, missed: 2, killed: 2 });
  });
});

/** The ids of the installation keys that the Secrets' revisions are under. */
async function keyIds(): Promise<(string | undefined)[]> {
  const found = await Promise.all(NAMES.map((name) => team.secret(name)));
  return [...new Set(found.map((secret) => secret?.metadata.annotations?.['keyferry.dev/revision']?.split('.')[0]))];
}
