import { expect, it } from 'vitest';
import type { ValueSource } from '../../../src/core/ports.ts';
import { MemoryOperator } from '../../support/memory-operator.ts';
import { at, MemoryWorld } from '../../support/memory-world.ts';

const reading = (key: string): object => ({ data: [{ secretKey: key, remoteRef: { key: `prod/${key}` } }] });

it('publishes nothing that was read for a spec which has been replaced meanwhile', async () => {
  const world = new MemoryWorld();
  const { aws, cluster } = world;
  const edits = [() => world.apply('web', reading('tls'))];
  const values: ValueSource = {
    identify: () => aws.identify(),
    notes: () => aws.notes(),
    find: (...search) => aws.find(...search),
    fetch: async (plan, signal) => {
      const answer = await aws.fetch(plan, signal);
      edits.shift()?.();
      return answer;
    },
  };
  const operator = new MemoryOperator(cluster, values);
  await operator.run(() => world.apply('web', reading('db')));
  expect(edits).toEqual([]);
  expect([...(cluster.secret(at('web'))?.data.keys() ?? [])]).toEqual(['tls']);
  // What was read first was never written, and so need not be replaced.
  expect(operator.calls.filter((call) => /^secrets\.(create|replace)$/.test(call))).toEqual(['secrets.create']);
});
