import { beforeEach, describe, expect, it } from 'vitest';
import { type Circuits, createCircuits } from '../../../src/aws/circuits.ts';

const HERE = '123456789012 eu-west-1';
let nowMs = 0;
let circuits: Circuits;
beforeEach(() => {
  nowMs = 1_000_000;
  circuits = createCircuits({ nowMs: () => nowMs });
});
const admitsAfter = (seconds: number): boolean => {
  nowMs += seconds * 1_000;
  return circuits.admits(HERE);
};

describe('a place', () => {
  it('is asked until it fails, and then not for half a minute', () => {
    expect(admitsAfter(0)).toBe(true);
    circuits.tell(HERE, 'failed');
    expect(admitsAfter(29)).toBe(false);
    expect(admitsAfter(1)).toBe(true);
  });

  it('is tried by one while the others stay away', () => {
    circuits.tell(HERE, 'failed');
    expect(admitsAfter(30)).toBe(true);
    expect(admitsAfter(1)).toBe(false);
  });

  it('is asked by all as soon as it has served', () => {
    circuits.tell(HERE, 'failed');
    admitsAfter(30);
    expect(circuits.isBroken(HERE)).toBe(true);
    circuits.tell(HERE, 'served');
    expect([circuits.isBroken(HERE), admitsAfter(0), admitsAfter(0)]).toEqual([false, true, true]);
  });

  it('rests longer each time that it fails again, five minutes at most', () => {
    circuits.tell(HERE, 'failed');
    for (const restS of [30, 60, 120, 240, 300, 300]) {
      expect(admitsAfter(restS - 1)).toBe(false);
      expect(admitsAfter(1)).toBe(true);
      circuits.tell(HERE, 'failed');
    }
  });

  it('rests once for many reads that failed together', () => {
    for (let read = 0; read < 100; read++) circuits.tell(HERE, 'failed');
    expect(admitsAfter(30)).toBe(true);
  });

  it('is tried again where the one who tried was stopped', () => {
    circuits.tell(HERE, 'failed');
    expect(admitsAfter(30)).toBe(true);
    expect(admitsAfter(60)).toBe(true);
  });

  it('is not every place', () => {
    circuits.tell(HERE, 'failed');
    expect(circuits.admits('123456789012 us-west-2')).toBe(true);
    expect(circuits.admits('999999999999 eu-west-1')).toBe(true);
  });
});
