import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The agent of EKS Pod Identity as a pod sees it: an endpoint that trades the pod's token for keys. */
export interface PodIdentityAgent {
  /** For AWS_CONTAINER_CREDENTIALS_FULL_URI. */
  readonly url: string;
  /** The tokens that were shown to it, one for each call. */
  readonly tokens: string[];
  /** What it hands out, or how it answers instead. */
  answer: AgentKeys | ((outgoing: ServerResponse) => void);
  stop(): Promise<void>;
}

export interface AgentKeys {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token: string;
  /** RFC 3339. */
  readonly Expiration: string;
}

/** Starts an agent on a loopback address, which takes `token` and no other. */
export async function startPodIdentityAgent(token: string, answer: AgentKeys): Promise<PodIdentityAgent> {
  const agent: Pick<PodIdentityAgent, 'answer' | 'tokens'> = { answer, tokens: [] };
  const server = createServer((incoming, outgoing) => {
    const shown = incoming.headers.authorization ?? '';
    agent.tokens.push(shown);
    if (shown !== token) {
      outgoing.writeHead(400).end('[InvalidIdentityToken]: Service account token cannot be empty or is invalid');
    } else if (typeof agent.answer === 'function') {
      agent.answer(outgoing);
    } else {
      outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(agent.answer));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(agent, {
    url: `http://127.0.0.1:${port}/v1/credentials`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}
