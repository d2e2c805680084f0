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
  readonly templateChanges: number;
  /** The Secrets at the end: their keys, or the value of the one that is called password. */
  readonly data: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/** Runs the story from its begin, with a crash if there is to be one, until the cluster is at rest. */
export async function tell(
  { synced = true, before: earlier = [], happens }: Story,
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
  world.operator.crashAt = crashes.map(({ call, when }) => ({ call: before + call, when }));
  await world.operator.run(() => happens(world));
  world.operator.calls.splice(0, before);
  return world;
}

/** Tells the story whole, and then with a crash before and after each of its calls. */
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
      const { calls } = world.operator;
      const before = calls.length;
      await world.operator.run();
      expect(calls.slice(before).filter((call) => /create|replace|remove|patch/.test(call))).toEqual([]);
    });

    it('comes to the same end wherever the operator dies on the way', async () => {
      const whole = await tell(story);
      for (const [at, call] of whole.operator.calls.entries()) {
        for (const when of ['before', 'after'] as const) {
          const world = await tell(story, { call: at + 1, when });
          expectSameEnd(world, whole, 1, `${when} ${call}, call ${at + 1}`);
        }
      }
    });
  });
}

export function expectSameEnd(world: MemoryWorld, whole: MemoryWorld, crashes: number, where: string): void {
  expect({ where, crashes: world.operator.crashes, image: world.image() }).toEqual({
    where,
    crashes,
    image: whole.image(),
  });
  if (world.deployment.templateChanges === 0) return;
  const oldestS = Math.min(...world.deployment.podsCreatedS);
  expect(oldestS * 1_000, where).toBeGreaterThan(world.lastChangeMs());
}
