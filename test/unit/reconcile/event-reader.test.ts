import { describe, expect, it } from 'vitest';
import type { EventQueue, QueueTrouble } from '../../../src/core/event-queue.ts';
import type { SourceChange } from '../../../src/core/source-change.ts';
import { EventReader } from '../../../src/reconcile/event-reader.ts';
import type { NewsEnding } from '../../../src/reconcile/source-news.ts';
import { labelUpdated, secretRotated } from '../../support/events.ts';
import { eventually } from '../../support/eventually.ts';
import { MemoryEventQueue } from '../../support/memory-event-queue.ts';

type Settle = (id: string, how: NewsEnding) => void;

/** A reader at work on a queue, for ExternalSecrets that read the secret `db`. Waits take no time. */
function openScene(
  ids: readonly string[] = ['shop/a', 'shop/b'],
  queue: MemoryEventQueue & EventQueue = new MemoryEventQueue(),
) {
  const stop = new AbortController();
  const told: { readonly change: SourceChange; readonly settle: Settle }[] = [];
  const woken: string[] = [];
  const outcomes: string[] = [];
  const troubles: (string | undefined)[] = [];
  const pauses: number[] = [];
  const reader = new EventReader({
    queue,
    news: {
      tell: (change, settle) => {
        if (!change.names.includes('db')) return [];
        told.push({ change, settle });
        return ids;
      },
    },
    wake: (id) => void woken.push(id),
    observer: {
      event: (outcome) => void outcomes.push(outcome),
      lag: () => undefined,
      queue: (use, trouble) => void troubles.push(trouble && `${use} ${trouble.reason}`),
    },
    ambient: { nowMs: () => Date.now(), random: () => 0.5 },
    pause: async (ms) => {
      pauses.push(ms);
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
  const running = reader.run(stop.signal);
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  return { queue, told, woken, outcomes, troubles, pauses, end };
}

const EVENT = JSON.stringify(labelUpdated('db', 'v2'));

describe('the reader', () => {
  it('has everybody looked at whom an event concerns, and removes it when all have been', async () => {
    const scene = openScene();
    scene.queue.send(EVENT);
    await eventually('the news to be told', async () => scene.told.length === 1);
    expect(scene.woken).toEqual(['shop/a', 'shop/b']);
    scene.told[0]?.settle('shop/a', 'held');
    expect(scene.outcomes).toEqual([]);
    expect(scene.queue.size).toBe(1);
    scene.told[0]?.settle('shop/b', 'read');
    await eventually('the message to be gone', async () => scene.queue.size === 0);
    expect(scene.outcomes).toEqual(['read']);
    await scene.end();
  });

  it('leaves what is not settled to whoever reads next', async () => {
    const scene = openScene();
    scene.queue.send(EVENT);
    await eventually('the news to be told', async () => scene.told.length === 1);
    await scene.end();
    expect(scene.queue.size).toBe(1);
    scene.queue.returnAll();
    const next = openScene(['shop/a'], scene.queue);
    await eventually('the news to be told again', async () => next.told.length === 1);
    next.told[0]?.settle('shop/a', 'held');
    await eventually('the message to be gone', async () => next.queue.size === 0);
    expect(next.outcomes).toEqual(['held']);
    await next.end();
  });

  it('takes a message that comes again while it is worked off for the same, and removes it by its last receipt', async () => {
    const scene = openScene(['shop/a']);
    scene.queue.send(EVENT);
    await eventually('the news to be told', async () => scene.told.length === 1);
    scene.queue.returnAll();
    scene.queue.send('no JSON');
    await eventually('both to be received', async () => scene.outcomes.length === 1);
    expect(scene.told).toHaveLength(1);
    scene.told[0]?.settle('shop/a', 'read');
    await eventually('the messages to be gone', async () => scene.queue.size === 0);
    await scene.end();
  });

  it('takes no more while many looks are owed, and goes on when they are done', async () => {
    const crowd = Array.from({ length: 50_000 }, (_, at) => `shop/${at}`);
    const scene = openScene(crowd);
    for (let at = 0; at < 25; at++) scene.queue.send(EVENT);
    await eventually('it to wait', async () => scene.pauses.includes(1_000));
    // Ten messages come at once, whatever is in them.
    expect(scene.told).toHaveLength(10);
    for (let at = 0; at < 25; at++) {
      await eventually('the next message', async () => scene.told.length > at);
      for (const id of crowd) scene.told[at]?.settle(id, 'held');
    }
    await eventually('the messages to be gone', async () => scene.queue.size === 0);
    await scene.end();
  });

  it('takes no more while it cannot remove, and goes on when it can', async () => {
    const queue = new MemoryEventQueue();
    queue.removeTrouble = { reason: 'AccessDenied', message: 'no' };
    const scene = openScene(['shop/a'], queue);
    for (let at = 0; at < 3_000; at++) queue.send('x');
    await eventually('it to wait', async () => scene.pauses.includes(1_000));
    expect(scene.troubles).toContain('remove AccessDenied');
    queue.removeTrouble = undefined;
    // What it gave up removing comes again.
    await eventually('the messages to be gone', async () => {
      queue.returnAll();
      return queue.size === 0;
    });
    await scene.end();
  });

  it('removes many without a wait, and gathers few', async () => {
    const scene = openScene();
    for (let at = 0; at < 200; at++) scene.queue.send('x');
    await eventually('the messages to be gone', async () => scene.queue.size === 0);
    expect(scene.pauses.filter((ms) => ms === 100).length).toBeLessThan(10);
    await scene.end();
  });

  it('stops at once though the queue has nothing to say', async () => {
    const scene = openScene();
    await scene.end();
    expect(scene.outcomes).toEqual([]);
  });

  const others: readonly { it: string; body: string; outcome: string }[] = [
    { it: 'of a secret that nobody reads', body: JSON.stringify(labelUpdated('other', 'v2')), outcome: 'unmatched' },
    {
      it: 'that tells of no change',
      body: JSON.stringify(secretRotated('db', 'RotationStarted')),
      outcome: 'noChange',
    },
    { it: 'that is no JSON', body: 'x', outcome: 'notJSON' },
    { it: 'of no shape that is known', body: '{}', outcome: 'unknownShape' },
    { it: 'that is too large', body: 'x'.repeat(70_000), outcome: 'tooLarge' },
  ];
  for (const { it: name, body, outcome } of others) {
    it(`counts and removes a message ${name}`, async () => {
      const scene = openScene();
      scene.queue.send(body);
      await eventually('the message to be gone', async () => scene.queue.size === 0);
      expect(scene.outcomes).toEqual([outcome]);
      expect(scene.woken).toEqual([]);
      await scene.end();
    });
  }

  it('says what is in the way, asks ever less often, and goes on when it is gone', async () => {
    const queue = new MemoryEventQueue();
    queue.trouble = { reason: 'AccessDenied', message: 'no' } satisfies QueueTrouble;
    const scene = openScene(['shop/a'], queue);
    await eventually('some tries', async () => scene.pauses.length >= 8);
    expect(scene.troubles[0]).toBe('receive AccessDenied');
    expect(scene.pauses.slice(0, 7)).toEqual([750, 1_500, 3_000, 6_000, 12_000, 24_000, 45_000]);
    queue.trouble = undefined;
    queue.send('x');
    await eventually('the message to be gone', async () => queue.size === 0);
    expect(scene.troubles.at(-1)).toBeUndefined();
    await scene.end();
  });
});
