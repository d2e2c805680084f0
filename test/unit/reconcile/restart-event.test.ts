import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type RestartState, restartStates } from '../../../src/core/restart-status.ts';
import { restartEvent } from '../../../src/reconcile/restart-event.ts';
import { metaOf } from '../../support/builders.ts';
import { inRepository } from '../../support/repository.ts';

it('every state of a restart is in the documents, with the Event that tells of it, and no other is', () => {
  const metadata = metaOf({ namespace: 'shop', name: 'web', uid: 'uid-web' });
  const turn = { kind: 'Deployment', metadata, secrets: ['db'], interval: undefined, cause: 'not by day' } as const;
  const told = Object.keys(restartStates).map((state) => {
    const event = restartEvent(state as RestartState, turn);
    return `${state}: ${event === undefined ? 'none' : `${event.type} \`${event.reason}\``}`;
  });
  const page = readFileSync(inRepository('docs', 'restarts.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| (none|(?:Normal|Warning) `\w+`) \|/gm)];
  expect(rows.map(([, state, event]) => `${state}: ${event}`).toSorted()).toEqual(told.toSorted());
});
