import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type AwsAnswer, jsonError, stsError } from './aws-errors.ts';
import { AwsFaults, type FaultRule, faultyAnswer, type InjectedFault } from './aws-faults.ts';
import { type AwsRequest, parseAwsRequest } from './aws-request.ts';
import { longPoll } from './long-poll.ts';
import { readBody } from './request-body.ts';
import { audiencesOf, judgeToken, type TokenIssuer, type Trust } from './web-identity.ts';

export type { FaultResponse, FaultRule, InjectedFault } from './aws-faults.ts';

/** One call as it was answered. Names, never values. */
export interface JournalEntry {
  readonly at: number;
  readonly service: string;
  readonly operation: string;
  readonly region?: string;
  readonly accessKeyId?: string;
  /** The role whose credentials signed the call, when this front saw them handed out. */
  readonly roleArn?: string;
  /** Who signed the call, where that is known. */
  readonly callerArn?: string;
  /** The actions that were denied in it, also of single members of a batch; known to the stand-in only. */
  readonly denied?: readonly string[];
  readonly ids: readonly string[];
  /** Of the web identity token, where there was one. */
  readonly audiences?: readonly string[];
  /** 0 when no answer was given: hung or reset. */
  readonly status: number;
}

export interface AwsFrontOptions {
  readonly motoEndpoint: string;
  /** Whose ServiceAccount tokens STS takes. Without it no role can be assumed with a token. */
  readonly issuer?: TokenIssuer;
  /** When given, calls signed with other keys are refused, save those that this front's STS handed out. */
  readonly accessKeyIds?: readonly string[];
}

/** AWS as an operator sees it: moto behind an STS that checks tokens, with a journal and faults to inject. */
export interface AwsFront {
  readonly endpoint: string;
  /** Where tests seed and rotate, so that it shows in no journal. */
  readonly seedEndpoint: string;
  readonly journal: JournalEntry[];
  /** The journal's calls of one operation. */
  calls(operation: string): JournalEntry[];
  /** Lets one subject (`system:serviceaccount:<namespace>:<name>`) assume a role. */
  trust(roleArn: string, trust: Trust): void;
  distrust(roleArn: string): void;
  inject(rule: FaultRule): InjectedFault;
  stop(): Promise<void>;
}

const STS_WITH_TOKEN = 'AssumeRoleWithWebIdentity';
const NO_ISSUER: TokenIssuer = { issuer: '', fetchKeys: async () => ({ keys: [] }) };

/** Starts a front of one's own, with an empty journal, no trust and no faults, before a moto that others may share. */
export async function startAwsFront(options: AwsFrontOptions): Promise<AwsFront> {
  const front = new Front(options);
  const server = createServer((incoming, outgoing) => {
    front.answer(incoming, outgoing).catch((error: unknown) => {
      // Whoever has hung up, or is hung up on by `stop`, waits for no answer.
      if (server.listening && !outgoing.destroyed) console.error('the AWS front failed:', error);
      outgoing.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    seedEndpoint: options.motoEndpoint,
    journal: front.journal,
    calls: (operation) => front.journal.filter((entry) => entry.operation === operation),
    trust: (roleArn, trust) => void front.trusted.set(roleArn, trust),
    distrust: (roleArn) => void front.trusted.delete(roleArn),
    inject: (rule) => front.faults.inject(rule),
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      front.agent.destroy();
    },
  };
}

class Front {
  readonly journal: JournalEntry[] = [];
  readonly trusted = new Map<string, Trust>();
  readonly agent = new Agent({ keepAlive: true });
  readonly faults = new AwsFaults();
  readonly #options: AwsFrontOptions;
  readonly #roleOfKey = new Map<string, string>();

  constructor(options: AwsFrontOptions) {
    this.#options = options;
  }

  async answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await readBody(incoming);
    const asked = parseAwsRequest(incoming.headers, body.toString());
    const at = Date.now();
    const gone = new AbortController();
    outgoing.once('close', () => gone.abort());
    const fault = this.faults.strike(asked);
    if (fault !== undefined && ('hang' in fault || 'reset' in fault)) {
      this.#note(at, asked, 0);
      if ('reset' in fault) incoming.socket.resetAndDestroy();
      return;
    }
    if (fault !== undefined && 'delayMs' in fault) await wait(fault.delayMs);
    const injected = fault === undefined ? undefined : faultyAnswer(fault);
    const answer = injected ?? (await this.#refuse(asked)) ?? (await this.#forward(incoming, asked, body, gone.signal));
    this.#note(at, asked, answer.status);
    outgoing.writeHead(answer.status, { ...answer.headers });
    outgoing.end(answer.body);
  }

  /** AWS's own checks, which moto lacks. */
  async #refuse({ service, operation, input, accessKeyId = '' }: AwsRequest): Promise<AwsAnswer | undefined> {
    const { issuer = NO_ISSUER, accessKeyIds } = this.#options;
    if (operation === STS_WITH_TOKEN) {
      return judgeToken(String(input.WebIdentityToken), String(input.RoleArn), issuer, this.trusted);
    }
    if (accessKeyIds === undefined || accessKeyIds.includes(accessKeyId) || this.#roleOfKey.has(accessKeyId)) {
      return undefined;
    }
    const message = 'The security token included in the request is invalid.';
    return service === 'sts'
      ? stsError('InvalidClientTokenId', message, 403)
      : jsonError('UnrecognizedClientException', message);
  }

  async #forward(incoming: IncomingMessage, asked: AwsRequest, body: Buffer, gone: AbortSignal): Promise<AwsAnswer> {
    const ask = (what: Buffer) => passOn(this.#options.motoEndpoint, this.agent, incoming, what);
    const answer = await (asked.operation === 'ReceiveMessage' ? longPoll(asked, ask, gone) : ask(body));
    const handedOut = /<AccessKeyId>(\w+)<\/AccessKeyId>/.exec(asked.service === 'sts' ? answer.body : '')?.[1];
    if (handedOut !== undefined) this.#roleOfKey.set(handedOut, String(asked.input.RoleArn));
    return answer;
  }

  #note(at: number, asked: AwsRequest, status: number): void {
    const { service, operation, region, accessKeyId, ids, input } = asked;
    const roleArn = this.#roleOfKey.get(accessKeyId ?? '');
    this.journal.push({
      at,
      service,
      operation,
      ids,
      status,
      ...(region === undefined ? {} : { region }),
      ...(accessKeyId === undefined ? {} : { accessKeyId }),
      ...(roleArn === undefined ? {} : { roleArn }),
      ...(operation === STS_WITH_TOKEN ? { audiences: audiencesOf(String(input.WebIdentityToken)) } : {}),
    });
  }
}

async function passOn(endpoint: string, agent: Agent, incoming: IncomingMessage, body: Buffer): Promise<AwsAnswer> {
  return new Promise((resolve, reject) => {
    const { method, url = '/' } = incoming;
    const headers = { ...incoming.headers, 'content-length': String(body.length) };
    const outgoing = request(new URL(url, endpoint), { agent, headers, ...(method ? { method } : {}) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { 'content-type': type } = response.headers;
        const kept = type === undefined ? {} : { headers: { 'content-type': type } };
        resolve({ status: response.statusCode ?? 502, body: Buffer.concat(chunks).toString(), ...kept });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
