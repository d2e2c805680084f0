import { expect, it } from 'vitest';
import { createNotes } from '../../../src/aws/notes.ts';
import { access } from './fake-transport.ts';

it('keeps a thousand blocked rotations of a store, and puts none out for another', () => {
  const told: string[] = [];
  const notes = createNotes((storeId) => told.push(storeId), { nowMs: () => 1 });
  const block = (at: number): void =>
    notes.rotation(access, `arn-${at}`, { kind: 'stalePending', secret: `s${at}`, versionId: 'v', region: 'r' });
  for (let round = 0; round < 2; round += 1) {
    for (let at = 0; at < 1_010; at += 1) block(at);
  }
  expect(notes.of(access.storeId, access)).toHaveLength(1_000);
  expect(told).toHaveLength(1_000);
});
