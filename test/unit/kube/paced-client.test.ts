import { expect, it } from 'vitest';
import type { ApiAnswer } from '../../../src/kube/answer.ts';
import type { ApiClient, ApiRequest } from '../../../src/kube/client.ts';
import { createPacedClient, type Turns } from '../../../src/kube/paced-client.ts';

const said: ApiAnswer = { kind: 'said', status: 200, body: {}, serverTimeS: 0 };
const { signal } = new AbortController();

/** A paced client whose calls wait until they are let through, with the groups that they wait in. */
function setUp() {
  const sent: string[] = [];
  const groups: string[] = [];
  const waiting: (() => void)[] = [];
  const client: ApiClient = {
    request: async ({ path }) => {
      sent.push(path);
      return said;
    },
    watch: async ({ path }) => {
      sent.push(`watch ${path}`);
      return said;
    },
    close: () => void sent.push('closed'),
  };
  const turns: Turns = {
    async pass(group, work) {
      groups.push(group);
      await new Promise<void>((resolve) => waiting.push(resolve));
      return work();
    },
  };
  return { paced: createPacedClient(client, turns), sent, groups, waiting };
}

const get = (path: string): ApiRequest => ({ method: 'GET', path });

it('sends a call when it is its turn, and gives its answer', async () => {
  const { paced, sent, waiting } = setUp();
  const asking = paced.request(get('/api/v1/namespaces/shop/secrets/db'), signal);
  expect(sent).toEqual([]);
  waiting[0]?.();
  expect(await asking).toBe(said);
  expect(sent).toEqual(['/api/v1/namespaces/shop/secrets/db']);
});

it('lets calls wait with those of their namespace, and of none those that are for no namespace', () => {
  const { paced, groups } = setUp();
  for (const path of [
    '/api/v1/namespaces/shop/secrets/db',
    '/apis/keyferry.dev/v1alpha1/namespaces/bank/externalsecrets/db/status',
    '/api/v1/namespaces/shop/secrets',
    '/apis/keyferry.dev/v1alpha1/clustersecretstores/aws',
    '/api/v1/namespaces/shop',
  ]) {
    void paced.request(get(path), signal);
  }
  expect(groups).toEqual(['shop', 'bank', 'shop', '', '']);
});

it('lets watches wait for nobody', async () => {
  const { paced, sent, groups } = setUp();
  await paced.watch(
    get('/api/v1/namespaces/shop/secrets'),
    { onLine: () => true, onOpen: () => undefined, idleMs: 1 },
    signal,
  );
  expect([groups, sent]).toEqual([[], ['watch /api/v1/namespaces/shop/secrets']]);
});

it('closes what it stands before', () => {
  const { paced, sent } = setUp();
  paced.close();
  expect(sent).toEqual(['closed']);
});
