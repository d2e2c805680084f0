import { describe, expect, it } from 'vitest';
import type { CrashPoint } from './memory-operator.ts';
import { MemoryWorld } from './memory-world.ts';

export interface Story {
  readonly it: string;
  /** False where nothing is in sync before. */
  readonly synced?: boolean;
  /** What has happened, one after another, and has come to its end. */
  readonly before?: readonly ((world: MemoryWorld) => void)[];
  readonly happens: (world: MemoryWorld) => void;
  /** What people do then, once each, when everything is quiet. */
  readonly later?: readonly ((world: MemoryWorld) => void)[];
  readonly templateChanges: number;
  /** How the restart for `db` has ended, by its ExternalSecret; null where that has nothing to say of it. */
  readonly state?: string | null;
  /** True where pods that are older than the data are left at the end. */
  readonly hasOldPods?: true;
  /** True where no object says what was read last, when the operator dies before it writes the status. */
  readonly mayForgetSources?: true;
  /** The Secrets at the end: their keys, or the value of the one that is called password. */
  readonly data: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/** Runs the story from its begin, with a crash if there is to be one, until the cluster is at rest. */
export async function tell(
  { synced = true, before: earlier = [], happens, later = [] }: Story,
  ...crashes: readonly CrashPoint[]
): Promise<MemoryWorld> {
  const world = new MemoryWorld();
  if (synced) {
    await world.operator.run(() => {
      world.apply('db');
      world.apply('tls');
    });
  }
  for (const step of earlier) await world.operator.run(() => step(world));
  const before = world.operator.calls.length;
  world.operator.crashAt = crashes.map((crash) => ({ ...crash, call: before + crash.call }));
  const steps = [...later];
  world.operator.meddle = () => {
    const step = steps.shift();
    step?.(world);
    return step !== undefined;
  };
  await world.operator.run(() => happens(world));
  world.operator.calls.splice(0, before);
  return world;
}

const WRITES = /create|replace|apply|remove|patch/;

/** Tells the story whole, then with a crash before and after each of its calls, and then with each write once without an answer. */
export function describeStory(story: Story): void {
  describe(story.it, () => {
    it('comes to its end, and then nothing is written any more', async () => {
      const world = await tell(story);
      expect(world.image()).toMatchObject({
        secrets: Object.entries(story.data).map(([name, data]) => ({
          id: `shop/${name}`,
          data: typeof data === 'string' ? [['password', data]] : Object.entries(data).toSorted(),
        })),
        templateChanges: story.templateChanges,
      });
      const states = story.state === null ? [] : [`Deployment/web ${story.state}`];
      if (story.state !== undefined) expect(world.image()).toMatchObject({ statuses: [{ states }, {}] });
      const { calls } = world.operator;
      const before = calls.length;
      await world.operator.run();
      expect(calls.slice(before).filter((call) => WRITES.test(call))).toEqual([]);
    });

    it('comes to the same end wherever the operator dies on the way', async () => {
      const whole = await tell(story);
      for (const [at, call] of whole.operator.calls.entries()) {
        for (const when of ['before', 'after'] as const) {
          const world = await tell(story, { call: at + 1, when });
          const forgotten = story.mayForgetSources === true ? world.forgotten() : [];
          expectSameEnd(world, whole, 1, `${when} ${call}, call ${at + 1}`, forgotten);
          if (story.hasOldPods !== true) expectNewPods(world);
        }
      }
    });

    it('comes to the same end whichever write takes effect and is not acknowledged', async () => {
      const whole = await tell(story);
      const writes = [...whole.operator.calls.entries()].filter(([, call]) => WRITES.test(call));
      expect(whole.operator.crashes).toBe(0);
      for (const [at, call] of writes) {
        const world = await tell(story, { call: at + 1, when: 'unanswered' });
        const forgotten = story.mayForgetSources === true ? world.forgotten() : [];
        expectSameEnd(world, whole, 0, `no answer to ${call}, call ${at + 1}`, forgotten);
        if (story.hasOldPods !== true) expectNewPods(world);
      }
    });
  });
}

export function expectSameEnd(
  world: MemoryWorld,
  whole: MemoryWorld,
  crashes: number,
  where: string,
  forgotten: readonly string[] = [],
): void {
  expect({ where, crashes: world.operator.crashes, image: world.image() }).toEqual({
    where,
    crashes,
    image: whole.image(forgotten),
  });
}

export function expectNewPods(world: MemoryWorld): void {
  if (world.deployment.templateChanges === 0) return;
  const oldestS = Math.min(...world.deployment.podsCreatedS);
  expect(oldestS * 1_000).toBeGreaterThan(world.lastChangeMs());
}
