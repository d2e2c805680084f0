import { describe, expect, it } from 'vitest';
import { WaitingLine } from '../../../src/aws/waiting-line.ts';

/** A line in which names stand, and how they come out of it. */
function makeLine() {
  const line = new WaitingLine();
  const out: string[] = [];
  const join = (name: string, identity: string, { store = 'store', isUrgent = false } = {}) => {
    const caller = { identity, store, isUrgent };
    const enter = (): void => void out.push(name);
    line.join(caller, enter);
    return () => line.leave(caller, enter);
  };
  const serve = (count: number): readonly string[] => {
    for (let at = 0; at < count; at += 1) line.next()?.();
    return out.splice(0);
  };
  return { line, join, serve };
}

describe('a line', () => {
  it('serves in the order in which they came, those of one store', () => {
    const { join, serve } = makeLine();
    for (const name of ['a', 'b', 'c']) join(name, 'one');
    expect(serve(3)).toEqual(['a', 'b', 'c']);
  });

  it('gives identities turns', () => {
    const { join, serve } = makeLine();
    for (let at = 0; at < 1_000; at += 1) join(`greedy${at}`, 'greedy');
    join('modest', 'modest');
    expect(serve(4)).toEqual(['greedy0', 'modest', 'greedy1', 'greedy2']);
  });

  it('gives stores of one identity turns within its own', () => {
    const { join, serve } = makeLine();
    for (let at = 0; at < 1_000; at += 1) join(`greedy${at}`, 'one', { store: 'greedy' });
    for (const name of ['m0', 'm1']) join(name, 'one', { store: 'modest' });
    for (let at = 0; at < 3; at += 1) join(`x${at}`, 'other');
    expect(serve(7)).toEqual(['greedy0', 'x0', 'm0', 'x1', 'greedy1', 'x2', 'm1']);
  });

  it('serves the urgent first, and yet one of eight turns is for the others', () => {
    const { join, serve } = makeLine();
    for (let at = 0; at < 100; at += 1) {
      join('other', 'one');
      join('urgent', 'one', { isUrgent: true });
    }
    const served = serve(80);
    expect(served.filter((name) => name === 'other')).toHaveLength(10);
    expect(served.slice(0, 7)).toEqual(Array.from({ length: 7 }, () => 'urgent'));
  });

  it('wastes no turn on those who are not there', () => {
    const { join, serve } = makeLine();
    for (let at = 0; at < 20; at += 1) join('urgent', 'one', { isUrgent: true });
    expect(serve(20)).toHaveLength(20);
    for (let at = 0; at < 20; at += 1) join('other', 'one');
    expect(serve(20)).toHaveLength(20);
  });

  it('forgets who leaves, and only those', () => {
    const { line, join, serve } = makeLine();
    const leave = join('a', 'one');
    join('b', 'one');
    join('c', 'other', { isUrgent: true })();
    leave();
    leave();
    expect(line.size).toBe(1);
    expect(serve(3)).toEqual(['b']);
    expect(line.size).toBe(0);
    leave();
    expect(line.size).toBe(0);
  });
});
