import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DueHeap } from '../../../src/controller/due-heap.ts';

it('gives keys in order of time, whatever was set, moved and deleted before', () => {
  const key = fc.integer({ min: 0, max: 40 }).map(String);
  const step = fc.record({ key, dueMs: fc.option(fc.integer({ min: 0, max: 60 }), { freq: 2 }) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 120, size: 'max' }), (steps) => {
      const heap = new DueHeap<string>();
      const model = new Map<string, number>();
      for (const { key: name, dueMs } of steps) {
        if (dueMs === null) {
          heap.delete(name);
          model.delete(name);
        } else {
          heap.set(name, dueMs, `value of ${name}`);
          model.set(name, dueMs);
        }
        expect(heap.size).toBe(model.size);
        expect(heap.first?.dueMs).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
        expect(heap.get(name)?.dueMs).toBe(model.get(name));
      }
      const came: number[] = [];
      for (let first = heap.first; first !== undefined; first = heap.first) {
        expect(first.value).toBe(`value of ${first.key}`);
        came.push(first.dueMs);
        heap.delete(first.key);
      }
      expect(came).toEqual([...model.values()].toSorted((a, b) => a - b));
    }),
  );
});
