import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RestartWidth } from '../../../src/reconcile/restart-width.ts';

const namespaceOf = (id: string): string => id.split('/')[0] ?? '';

class World {
  readonly woken: string[] = [];
  readonly width: RestartWidth;

  constructor(inAll: number, perNamespace: number) {
    this.width = new RestartWidth({ inAll, perNamespace, wake: (id) => void this.woken.push(id) });
  }

  admit = (id: string): boolean => this.width.admit(id, namespaceOf(id));
  /** Its rollout has begun, or has ended. */
  settle = (id: string, isRestarting: boolean): void => this.width.settle(id, namespaceOf(id), isRestarting);
}

describe('the width of restarts', () => {
  it('admits as many as there is room for, and wakes the next when one has ended', () => {
    const world = new World(2, 2);
    expect(['a/1', 'a/2', 'a/3'].map(world.admit)).toEqual([true, true, false]);
    world.settle('a/1', true);
    expect(world.admit('a/3')).toBe(false);
    world.settle('a/1', false);
    expect(world.woken).toEqual(['a/3']);
    expect(world.admit('a/3')).toBe(true);
    expect(world.admit('a/4')).toBe(false);
  });

  it('is that of a namespace, too', () => {
    const world = new World(10, 1);
    expect(['a/1', 'a/2', 'b/1'].map(world.admit)).toEqual([true, false, true]);
  });

  it('lets a namespace with few restarts go before one with many, and first come first within one', () => {
    const world = new World(3, 3);
    for (const id of ['a/1', 'a/2', 'a/3']) world.admit(id);
    for (const id of ['a/4', 'a/5', 'b/1', 'b/2']) world.admit(id);
    for (const id of ['a/1', 'a/2', 'a/3']) world.settle(id, false);
    expect(world.woken).toEqual(['b/1', 'a/4', 'a/5']);
  });

  it('does not let a newcomer pass those that wait', () => {
    const world = new World(1, 1);
    for (const id of ['a/1', 'a/2']) world.admit(id);
    world.settle('a/1', false);
    expect(world.admit('a/3')).toBe(false);
    expect(world.woken).toEqual(['a/2']);
  });

  it('passes a place on that was given and is not wanted any more', () => {
    const world = new World(1, 1);
    for (const id of ['a/1', 'a/2', 'a/3']) world.admit(id);
    world.settle('a/1', false);
    world.settle('a/2', false);
    expect(world.woken).toEqual(['a/2', 'a/3']);
  });

  it('holds places for restarts that it has not admitted itself', () => {
    const world = new World(1, 1);
    world.settle('a/1', true);
    expect(world.admit('b/1')).toBe(false);
    world.settle('a/1', false);
    expect(world.admit('b/1')).toBe(true);
  });

  it('is never exceeded, and in the end everybody has had a turn', () => {
    const ids = ['a/1', 'a/2', 'a/3', 'a/4', 'b/1', 'b/2', 'c/1'];
    const order = fc.array(fc.constantFrom(...ids), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        order,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        (asks, inAll, perNamespace) => {
          const { woken, admit, settle } = new World(inAll, perNamespace);
          const asking = [...asks];
          const served = new Set<string>();
          const restarting = new Set<string>();
          for (let steps = 0; asking.length > 0 || restarting.size > 0 || woken.length > 0; steps++) {
            expect(steps).toBeLessThan(1_000);
            const id = asking.shift() ?? woken.shift();
            if (id !== undefined && !restarting.has(id) && admit(id)) {
              restarting.add(id);
              served.add(id);
              expect(restarting.size).toBeLessThanOrEqual(inAll);
              expect(
                [...restarting].filter((each) => namespaceOf(each) === namespaceOf(id)).length,
              ).toBeLessThanOrEqual(perNamespace);
            } else if (id === undefined) {
              const [ended = ''] = restarting;
              restarting.delete(ended);
              settle(ended, false);
            }
          }
          expect([...served].toSorted()).toEqual([...new Set(asks)].toSorted());
        },
      ),
    );
  });
});
