import type { ApiClient } from './client.ts';

/** Who says when it is a call's turn; `group`: whom the call is for. */
export interface Turns {
  pass<T>(group: string, work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

/** The same client, whose calls wait for their turn. A call's time begins when it is sent. Watches wait for nobody. */
export const createPacedClient = (client: ApiClient, turns: Turns): ApiClient => ({
  request: (request, signal) => turns.pass(namespaceOf(request.path), () => client.request(request, signal), signal),
  watch: (request, reader, signal) => client.watch(request, reader, signal),
  close: () => client.close(),
});

/** '' for what is cluster-scoped. */
const namespaceOf = (path: string): string => /\/namespaces\/([^/]+)\//.exec(path)?.[1] ?? '';
