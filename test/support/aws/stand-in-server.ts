import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { type AwsAnswer, jsonError, stsError } from '../aws-errors.ts';
import { AwsFaults, faultyAnswer } from '../aws-faults.ts';
import type { JournalEntry } from '../aws-front.ts';
import { type AwsRequest, parseAwsRequest } from '../aws-request.ts';
import { readBody } from '../request-body.ts';
import { audiencesOf, type TokenIssuer } from '../web-identity.ts';
import { Call } from './call.ts';
import { type Caller, Iam } from './iam.ts';
import { KeyManagement } from './key-management.ts';
import type { Paging } from './paging.ts';
import { ParameterShelf } from './parameter.ts';
import { parameterReads } from './parameter-reads.ts';
import { parameterWrites } from './parameter-writes.ts';
import { RateLimit } from './rate-limit.ts';
import { Refusal } from './refusal.ts';
import { SecretVault } from './secret.ts';
import { secretReads } from './secret-reads.ts';
import { secretWrites } from './secret-writes.ts';
import { assumeRole, assumeWithToken, callerIdentity, type StsResult, stsXml } from './token-service.ts';

const STS_WITH_TOKEN = 'AssumeRoleWithWebIdentity';
const JSON_HEADERS = { 'content-type': 'application/x-amz-json-1.1' };
const XML_HEADERS = { 'content-type': 'text/xml' };

type Operations = Readonly<Record<string, (call: Call) => object>>;

/** What became of a call, before the protocol of its service. */
interface Outcome {
  readonly answer: AwsAnswer;
  readonly caller?: Caller | undefined;
  readonly denied: readonly string[];
}

/** The state of a stand-in, and how it answers. */
export class StandInServer {
  readonly iam = new Iam();
  readonly keys = new KeyManagement();
  readonly vault = new SecretVault();
  readonly shelf = new ParameterShelf();
  readonly faults = new AwsFaults();
  readonly limit = new RateLimit();
  readonly journal: JournalEntry[] = [];
  readonly settings: { latencyMs: number; paging: Paging } = { latencyMs: 0, paging: {} };
  readonly #issuer: TokenIssuer;
  readonly #operations: Readonly<Record<string, Operations>>;

  constructor(issuer: TokenIssuer) {
    this.#issuer = issuer;
    const { vault, shelf, keys } = this;
    const paging = (): Paging => this.settings.paging;
    this.#operations = {
      secretsmanager: { ...secretReads({ vault, keys, paging }), ...secretWrites(vault) },
      ssm: { ...parameterReads({ vault, shelf, keys, paging }), ...parameterWrites(shelf) },
    };
  }

  async answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const asked = parseAwsRequest(incoming.headers, (await readBody(incoming)).toString());
    const outcome = await this.#outcomeOf(asked, incoming);
    if (outcome === undefined) return;
    const { status, headers, body } = outcome.answer;
    outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
    outgoing.end(body);
  }

  /** Undefined when there is no answer to be given. */
  async #outcomeOf(asked: AwsRequest, incoming: IncomingMessage): Promise<Outcome | undefined> {
    const at = Date.now();
    const caller = this.#callerOf(asked, at);
    if (!(caller instanceof Refusal) && caller?.isSeed === true) return this.#perform(asked, caller, at);
    const fault = this.faults.strike(asked);
    if (fault !== undefined && ('hang' in fault || 'reset' in fault)) {
      if ('reset' in fault) incoming.socket.resetAndDestroy();
      this.#note(at, asked, { answer: { status: 0, body: '' }, denied: [] });
      return undefined;
    }
    const delayMs = this.settings.latencyMs + (fault !== undefined && 'delayMs' in fault ? fault.delayMs : 0);
    if (delayMs > 0) await wait(delayMs);
    const injected = fault === undefined ? undefined : faultyAnswer(fault);
    const outcome = injected === undefined ? await this.#perform(asked, caller, at) : { answer: injected, denied: [] };
    this.#note(at, asked, outcome);
    return outcome;
  }

  #callerOf({ operation, accessKeyId = '', headers }: AwsRequest, nowMs: number): Caller | Refusal | undefined {
    if (operation === STS_WITH_TOKEN) return undefined;
    const token = headers['x-amz-security-token'];
    try {
      return this.iam.callerOf(accessKeyId, typeof token === 'string' ? token : undefined, nowMs);
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  }

  async #perform(asked: AwsRequest, caller: Caller | Refusal | undefined, nowMs: number): Promise<Outcome> {
    const denied: string[] = [];
    const known = caller instanceof Refusal ? undefined : caller;
    try {
      return { answer: await this.#handle(asked, caller, nowMs, denied), caller: known, denied };
    } catch (error) {
      return { answer: refuse(asked.service, error), caller: known, denied };
    }
  }

  async #handle(
    { service, operation, region = '', input }: AwsRequest,
    caller: Caller | Refusal | undefined,
    nowMs: number,
    denied: string[],
  ): Promise<AwsAnswer> {
    if (caller instanceof Refusal) throw caller;
    if (caller === undefined) return xml(operation, await assumeWithToken(this.iam, this.#issuer, input, nowMs));
    if (!caller.isSeed && !this.limit.admits(caller.account, region, operation, nowMs)) {
      throw new Refusal('ThrottlingException', 'Rate exceeded');
    }
    return this.#dispatch(service, operation, new Call(this.iam, { caller, region, input, nowMs, denied }));
  }

  #dispatch(service: string, operation: string, call: Call): AwsAnswer {
    if (service === 'sts' && operation === 'AssumeRole') return xml(operation, assumeRole(this.iam, call));
    if (service === 'sts' && operation === 'GetCallerIdentity') return xml(operation, callerIdentity(call));
    const perform = this.#operations[service]?.[operation];
    if (perform === undefined) throw new Error(`the stand-in knows no ${service} ${operation}`);
    return { status: 200, body: JSON.stringify(perform(call)), headers: JSON_HEADERS };
  }

  #note(at: number, asked: AwsRequest, { answer, caller, denied }: Outcome): void {
    const { service, operation, region, accessKeyId, ids, input } = asked;
    const roleArn = caller?.session?.roleArn;
    this.journal.push({
      at,
      service,
      operation,
      ids,
      status: answer.status,
      denied,
      ...(caller === undefined ? {} : { callerArn: caller.arn }),
      ...(region === undefined ? {} : { region }),
      ...(accessKeyId === undefined ? {} : { accessKeyId }),
      ...(roleArn === undefined ? {} : { roleArn }),
      ...(operation === STS_WITH_TOKEN ? { audiences: audiencesOf(String(input.WebIdentityToken)) } : {}),
    });
  }
}

const xml = (operation: string, result: StsResult): AwsAnswer => ({
  status: 200,
  body: stsXml(operation, result),
  headers: XML_HEADERS,
});

/** What was thrown, in the protocol of the service. Anything but a refusal is a bug of the stand-in, and goes on. */
function refuse(service: string, error: unknown): AwsAnswer {
  if (!(error instanceof Refusal)) throw error;
  if (service !== 'sts') return jsonError(error.code, error.message, error.status);
  // STS has its own name for keys that nobody has.
  const code = error.code === 'UnrecognizedClientException' ? 'InvalidClientTokenId' : error.code;
  return stsError(code, error.message, code === error.code ? error.status : 403);
}
