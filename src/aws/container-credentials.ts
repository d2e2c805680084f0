import { Agent as HttpAgent, get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { fail, type Result, succeed } from '../model/result.ts';
import type { Credentials } from './credentials.ts';
import { textMember } from './member.ts';
import { lifeOf } from './sts-credentials.ts';

/** Where an agent hands out the credentials of the pod: EKS Pod Identity's is at 169.254.170.23. */
export interface ContainerEndpoint {
  readonly url: string;
  /** The token to show there. */
  readonly tokenFile?: string;
}

const MAX_BODY_BYTES = 64 * 1024;
const TIMEOUT_MS = 5_000;
// Where the agent says nothing of an end.
const DEFAULT_LIFE_MS = 15 * 60_000;

/** Asks the agent once. No redirect is followed, and no proxy is used: whoever answers gets the token. */
export async function readContainerCredentials(
  { url }: ContainerEndpoint,
  token: string | undefined,
  subject: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<Result<Credentials>> {
  const agent = 'the agent for container credentials (EKS Pod Identity)';
  const answer = await getOnce(url, token, signal).catch(() => undefined);
  if (answer === undefined)
    return fail('CredentialsUnavailable', subject, `${agent} cannot be reached by the operator`);
  if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
    const cure = "check that the operator's ServiceAccount has an association with a role";
    return fail('CredentialsInvalid', subject, `${agent} refuses the operator (HTTP ${answer.status}); ${cure}`);
  }
  const credentials = answer.status === 200 ? readBody(answer.body, nowMs) : undefined;
  return credentials === undefined
    ? fail('CredentialsUnavailable', subject, `${agent} gave the operator no credentials (HTTP ${answer.status})`)
    : succeed(credentials);
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

function getOnce(url: string, token: string | undefined, signal: AbortSignal): Promise<Answer> {
  const get = url.startsWith('https:') ? httpsGet : httpGet;
  const headers = { accept: 'application/json', ...(token === undefined ? {} : { authorization: token }) };
  // An agent of our own: the global one may have been told of a proxy.
  const agent = url.startsWith('https:') ? {} : { agent: new HttpAgent() };
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, signal, timeout: TIMEOUT_MS, ...agent }, (response) => {
      readCapped(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', reject);
  });
}

async function readCapped(response: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > MAX_BODY_BYTES) throw new Error('the answer is larger than any credentials');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readBody(body: string, nowMs: number): Credentials | undefined {
  const answer = parseJson(body);
  const [accessKeyId, secretAccessKey] = [textMember(answer, 'AccessKeyId'), textMember(answer, 'SecretAccessKey')];
  const sessionToken = textMember(answer, 'Token');
  if (accessKeyId === '' || secretAccessKey === '') return undefined;
  const leftMs = Date.parse(textMember(answer, 'Expiration')) - nowMs;
  return {
    keys: { accessKeyId, secretAccessKey, ...(sessionToken === '' ? {} : { sessionToken }) },
    ...lifeOf(leftMs > 0 ? leftMs : DEFAULT_LIFE_MS, nowMs),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
