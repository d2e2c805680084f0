import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OwnSource } from '../../../src/aws/own-credentials.ts';
import type { Access } from '../../../src/core/ports.ts';
import { SecretValue } from '../../../src/model/secret-value.ts';
import { type AgentKeys, type PodIdentityAgent, startPodIdentityAgent } from '../../support/pod-identity-agent.ts';
import { access, awsError, type Bench, createBench, everything, type Respond, secret, tell } from './fake-transport.ts';

const own: Access = { ...access, identity: { kind: 'operator', sessionName: 'keyferry-platform' } };
const ROLE = 'arn:aws:iam::123456789012:role/keyferry';
let folder: string;
let tokenFile: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'own-credentials-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'the-token\n');
});

const benchOf = (source: OwnSource | undefined, respond: Respond = everything): Bench =>
  createBench(respond, {}, { own: source });
const identify = (bench: Bench) => bench.source.identify(own, new AbortController().signal);
const faultOf = async (bench: Bench): Promise<string> => {
  const found = await identify(bench);
  return found.ok ? 'none' : found.faults.map(({ kind, subject, detail }) => `${kind} ${subject}: ${detail}`).join();
};

it('is a fault that names the variables when the operator has no credentials of its own', async () => {
  expect(await faultOf(benchOf(undefined))).toMatch(
    /^CredentialsInvalid SecretStore\/aws: the operator has no AWS credentials of its own; its pod needs AWS_ROLE_ARN/,
  );
});

describe("IRSA of the operator's own pod", () => {
  const irsa = (): OwnSource => ({ kind: 'webIdentity', roleArn: ROLE, tokenFile });

  it('trades the token in the file, in a session with the name of the store', async () => {
    const bench = benchOf(irsa());
    expect((await bench.fetch([secret('a')], own)).map(tell)).toEqual(['value of a']);
    expect(bench.of('AssumeRoleWithWebIdentity')).toEqual([
      { RoleArn: ROLE, RoleSessionName: 'keyferry-platform', WebIdentityToken: 'the-token', DurationSeconds: 3_600 },
    ]);
  });

  it('says whose trust policy is meant when it is denied', async () => {
    const bench = benchOf(irsa(), (call) => {
      if (call.api === 'AssumeRoleWithWebIdentity') throw awsError('AccessDenied', 'Not authorized', 403);
    });
    const fault = await faultOf(bench);
    expect(fault).toContain(`AWS STS denied sts:AssumeRoleWithWebIdentity on ${ROLE}`);
    expect(fault).toContain("to the role's trust policy");
  });

  it('names the file that cannot be read', async () => {
    rmSync(tokenFile);
    expect(await faultOf(benchOf(irsa()))).toContain(
      `CredentialsUnavailable SecretStore/aws: the operator cannot read its token ${tokenFile}`,
    );
  });

  it('sends nothing that is no token', async () => {
    writeFileSync(tokenFile, 'a\r\nx-header: b');
    const bench = benchOf(irsa());
    expect(await faultOf(bench)).toContain('holds no token');
    expect(bench.calls).toEqual([]);
  });
});

describe('EKS Pod Identity', () => {
  const soon = (): string => new Date(Date.now() + 3_600_000).toISOString();
  const keys: AgentKeys = { AccessKeyId: 'ASIAPOD', SecretAccessKey: 'shh', Token: 'session', Expiration: soon() };
  let agent: PodIdentityAgent;
  beforeEach(async () => {
    agent = await startPodIdentityAgent('the-token', keys);
  });
  afterEach(() => agent.stop());
  const pod = (): OwnSource => ({ kind: 'container', url: agent.url, tokenFile });

  it('gets keys from the agent once, and reads with them', async () => {
    const signedBy = new Set<string>();
    const bench = benchOf(pod(), (call, credentials, signal) => {
      signedBy.add(JSON.stringify(credentials));
      return everything(call, credentials, signal);
    });
    for (const name of ['a', 'b']) {
      expect((await bench.fetch([secret(name)], own)).map(tell)).toEqual([`value of ${name}`]);
    }
    expect(agent.tokens).toEqual(['the-token']);
    const signer = { accessKeyId: 'ASIAPOD', secretAccessKey: 'shh', sessionToken: 'session' };
    expect([...signedBy]).toEqual([JSON.stringify(signer)]);
  });

  it('goes on to other roles from there, and says who was denied one', async () => {
    const role = { roleArn: 'arn:aws:iam::222222222222:role/team', sessionName: 'keyferry-platform', durationS: 3_600 };
    const assumeRoles = [{ ...role, sessionTags: {}, transitiveTagKeys: [] }];
    const chained: Access = { ...own, identity: { ...own.identity, assumeRoles } };
    const bench = benchOf(pod(), (call, credentials) => {
      if (call.api !== 'AssumeRole') return undefined;
      expect(credentials?.accessKeyId).toBe('ASIAPOD');
      throw awsError('AccessDenied', 'User: x is not authorized to perform: sts:TagSession on resource: y', 403);
    });
    const found = JSON.stringify(await bench.source.identify(chained, new AbortController().signal));
    expect(found).toContain(`AWS STS denied the operator's own identity sts:TagSession on ${role.roleArn}`);
    expect(found).toContain('the session before has transitive ones');
  });

  it('shows the token that is in the file now', async () => {
    let expired = false;
    const bench = benchOf(pod(), (call, credentials, signal) => {
      if (expired) throw awsError('ExpiredTokenException', 'The security token is expired');
      return everything(call, credentials, signal);
    });
    await bench.fetch([secret('a')], own);
    writeFileSync(tokenFile, 'the-next-token');
    expired = true;
    await bench.fetch([secret('a')], own);
    expect(agent.tokens.slice(0, 2)).toEqual(['the-token', 'the-next-token']);
  });

  const troubles: readonly { it: string; answer: PodIdentityAgent['answer']; want: string }[] = [
    { it: 'refuses', answer: (outgoing) => outgoing.writeHead(403).end('canary'), want: 'CredentialsInvalid' },
    { it: 'throttles', answer: (outgoing) => outgoing.writeHead(429).end('canary'), want: 'CredentialsUnavailable' },
    { it: 'fails', answer: (outgoing) => outgoing.writeHead(500).end('canary'), want: 'CredentialsUnavailable' },
    { it: 'hangs up', answer: (outgoing) => outgoing.destroy(), want: 'CredentialsUnavailable' },
    { it: 'answers with HTML', answer: (outgoing) => outgoing.end('<html>canary'), want: 'CredentialsUnavailable' },
    { it: 'answers with half of the keys', answer: { ...keys, SecretAccessKey: '' }, want: 'CredentialsUnavailable' },
    {
      it: 'answers without end',
      answer: (outgoing) => outgoing.end(JSON.stringify({ ...keys, padding: 'x'.repeat(100_000) })),
      want: 'CredentialsUnavailable',
    },
    {
      it: 'sends the operator elsewhere',
      answer: (outgoing) => outgoing.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
      want: 'CredentialsUnavailable',
    },
  ];
  for (const { it: what, answer, want } of troubles) {
    it(`is ${want} when the agent ${what}`, async () => {
      agent.answer = answer;
      const fault = await faultOf(benchOf(pod()));
      expect(fault).toMatch(new RegExp(`^${want} SecretStore/aws: the agent for container credentials`));
      expect(fault).not.toContain('canary');
    });
  }

  it('is CredentialsInvalid when the agent does not take the token', async () => {
    writeFileSync(tokenFile, 'another');
    expect(await faultOf(benchOf(pod()))).toContain('refuses the operator (HTTP 400); check that');
  });
});

describe('keys in the environment', () => {
  const source: OwnSource = { kind: 'keys', accessKeyId: 'AKIAOWN', secretAccessKey: SecretValue.ofText('shh') };

  it('sign the reads', async () => {
    const signedBy: unknown[] = [];
    const bench = benchOf({ ...source, sessionToken: SecretValue.ofText('t') }, (call, credentials, signal) => {
      signedBy.push(credentials);
      return everything(call, credentials, signal);
    });
    await bench.fetch([secret('a')], own);
    expect(signedBy.at(-1)).toEqual({ accessKeyId: 'AKIAOWN', secretAccessKey: 'shh', sessionToken: 't' });
  });

  it('are said to be wrong without being told', async () => {
    const bench = benchOf(source, () => {
      throw awsError('UnrecognizedClientException', 'canary');
    });
    const [got] = await bench.fetch([secret('a')], own);
    expect(got).toMatchObject({ ok: false, faults: [{ kind: 'CredentialsInvalid', subject: 'SecretStore/aws' }] });
    expect(JSON.stringify(got)).toContain("AWS does not take the credentials of the operator's own identity");
    expect(JSON.stringify(got)).not.toMatch(/canary|AKIAOWN|shh/);
  });
});
