import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairLane } from '../../../src/controller/fair-lane.ts';

const none = (): boolean => false;

function laneOf(...keys: readonly string[]): FairLane {
  const lane = new FairLane();
  for (const key of keys) lane.add(key, key.slice(0, 1));
  return lane;
}

function drain(lane: FairLane): readonly string[] {
  const taken: string[] = [];
  for (let key = lane.take(none); key !== undefined; key = lane.take(none)) taken.push(key);
  return taken;
}

describe('FairLane', () => {
  it('lets groups take turns, and keeps the order within a group', () => {
    expect(drain(laneOf('a1', 'a2', 'a3', 'b1', 'c1', 'c2'))).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
  });

  it('passes over a group that is full', () => {
    const lane = laneOf('a1', 'b1');
    expect(lane.take((group) => group === 'a')).toBe('b1');
    expect(lane.take((group) => group === 'a')).toBeUndefined();
    expect(lane.size).toBe(1);
  });

  it('knows a key only once, and nothing of a key that was deleted', () => {
    const lane = laneOf('a1', 'a1', 'a2', 'b1');
    lane.delete('a1', 'a');
    lane.delete('b1', 'b');
    lane.delete('c1', 'c');
    expect(lane.size).toBe(1);
    expect(drain(lane)).toEqual(['a2']);
  });

  it('serves every waiting group once before any of them twice', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 60 }), (groups) => {
        const lane = new FairLane();
        for (const [at, group] of groups.entries()) lane.add(`${group}${at}`, group);
        const left = new Map<string, number>();
        for (const group of groups) left.set(group, (left.get(group) ?? 0) + 1);
        for (let round = left.size; round > 0; round = left.size) {
          const served = Array.from({ length: round }, () => lane.take(none)?.slice(0, 1) ?? '');
          expect(new Set(served)).toEqual(new Set(left.keys()));
          for (const [group, count] of left) count === 1 ? left.delete(group) : left.set(group, count - 1);
        }
        expect(lane.size).toBe(0);
      }),
    );
  });
});
