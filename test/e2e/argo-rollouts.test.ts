import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRollout, installRollouts } from '../support/argo-rollouts.ts';
import { eventually } from '../support/eventually.ts';
import { rotationOf } from '../support/rotation.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';

let stage: Stage;
let team: Team;
let uninstall: () => Promise<void> = async () => {};

beforeAll(async () => {
  stage = await setStage();
  team = await stage.team();
});
afterAll(async () => {
  await stage?.end();
  await uninstall();
});

describe('a Rollout of Argo', () => {
  it('is restarted by its restartAt, also where Argo is installed after keyferry', async () => {
    uninstall = await installRollouts(stage.cluster);
    const secrets = rotationOf(stage, team);
    const rollout = await createRollout(stage.cluster, team, 'web', 'db');
    await secrets.publish('db');
    const annotationOf = async (name: string): Promise<string | undefined> =>
      (await rollout.get()).metadata.annotations?.[`keyferry.dev/${name}`];
    // Until the operator has found that the kind is served.
    await eventually('the record', () => annotationOf('seen-revisions'), { timeoutMs: 45_000 });
    const { spec } = await rollout.get();
    expect(spec.restartAt).toBeUndefined();

    await secrets.rotate('db');
    const restartAt = await eventually('restartAt', async () => (await rollout.get()).spec.restartAt);
    expect((await rollout.get()).spec).toEqual({ ...spec, restartAt });
    const stateIs = (state: string) =>
      eventually(`the status to say ${state}`, async () => {
        const { restarts = [] } = (await team.get('db')).status ?? {};
        return restarts.some((entry) => entry.kind === 'Rollout' && entry.name === 'web' && entry.state === state);
      });
    await stateIs('Restarting');
    await rollout.restartPods();
    await stateIs('Restarted');
    expect((await rollout.get()).spec.restartAt).toBe(restartAt);

    await secrets.rotate('db');
    const again = await eventually('another restartAt', async () => {
      const { restartAt: next } = (await rollout.get()).spec;
      return next !== restartAt && next;
    });
    expect(Date.parse(again)).toBeGreaterThan(Date.parse(restartAt));
    await rollout.restartPods();
    await stateIs('Restarted');
    expect((await rollout.get()).spec.restartAt).toBe(again);
  }, 120_000);
});
