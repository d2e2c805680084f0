import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { refresh } from '../support/force-sync.ts';
import { freePort } from '../support/free-port.ts';
import { writeKubeconfig } from '../support/kubeconfig.ts';
import { logLines } from '../support/log-lines.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import { runDirectory } from '../support/processes.ts';
import { inRepository } from '../support/repository.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';
import { tcpRelay } from '../support/tcp-relay.ts';

let stage: Stage;
let team: Team;

beforeAll(async () => {
  stage = await setStage();
  team = await stage.team();
});
afterAll(() => stage?.end());

const fetchFrom = ({ metricsUrl }: Operator, path: string, init?: RequestInit): Promise<Response> =>
  fetch(new URL(path, metricsUrl), init);

/** The sample of that name and labels, as Prometheus would store it. */
async function sample(name: string): Promise<number | undefined> {
  const line = (await stage.operator.metrics()).split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length));
}

describe('a running operator', () => {
  it('answers on /healthz, /readyz and /metrics, and on nothing else', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const response = await fetchFrom(stage.operator, path);
      expect([response.status, await response.text()]).toEqual([200, 'ok']);
    }
    const metrics = await fetchFrom(stage.operator, '/metrics');
    expect(metrics.status).toBe(200);
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain/);
    expect((await fetchFrom(stage.operator, '/')).status).toBe(404);
    expect((await fetchFrom(stage.operator, '/metrics', { method: 'POST' })).status).toBe(405);
  });

  it('has all the metrics that the reference documents, but those of a queue that it does not read, and no others of its own', async () => {
    const reference = readFileSync(inRepository('docs', 'reference.md'), 'utf8');
    const documented = [...reference.matchAll(/^\| `(keyferry_\w+)` +\|/gm)].map(([, name]) => name);
    const present = [...(await stage.operator.metrics()).matchAll(/^# TYPE (keyferry_\w+) /gm)].map(([, name]) => name);
    expect(documented.length).toBeGreaterThan(10);
    const expected = documented.filter((name) => !/^keyferry_events?_/.test(name ?? ''));
    expect(present.sort()).toEqual(expected.sort());
  });

  it('counts what it does, by outcome and reason', async () => {
    const key = `${team.namespace}/counted`;
    await stage.aws.createSecret(key, 'one');
    await team.externalSecret('counted', { data: [entry('value', key)] });
    await team.ready('counted', 'True', 'Synced');
    await stage.aws.putSecret(key, 'two');
    await refresh(team, 'counted');
    await team.externalSecret('lost', { data: [entry('value', `${team.namespace}/lost`)] });
    await team.ready('lost', 'False', 'SecretNotFound');
    await eventually('the counts', async () => {
      const [ready, failing] = [
        await sample('keyferry_externalsecrets{ready="True"}'),
        await sample('keyferry_externalsecrets{ready="False"}'),
      ];
      return ready === 1 && failing === 1;
    });
    expect(await sample('keyferry_sync_total{outcome="synced"}')).toBe(2);
    expect(await sample('keyferry_sync_total{outcome="failed"}')).toBe(1);
    expect(await sample('keyferry_sync_faults_total{reason="SecretNotFound"}')).toBe(1);
    expect(await sample('keyferry_sync_faults_total{reason="Throttled"}')).toBe(0);
    expect(await sample('keyferry_secret_writes_total{operation="create"}')).toBe(1);
    expect(await sample('keyferry_secret_writes_total{operation="replace"}')).toBe(1);
    const calls = (api: string, outcome: string): string =>
      `keyferry_aws_requests_total{api="${api}",region="eu-west-1",outcome="${outcome}"}`;
    expect(await sample(calls('AssumeRoleWithWebIdentity', 'ok'))).toBe(1);
    expect(await sample(calls('GetSecretValue', 'ok'))).toBe(2);
    expect(await sample('keyferry_watch_synced{kind="Secret"}')).toBe(1);
  });

  it('tells its version at the start and in its metrics', async () => {
    const { version }: { version: string } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8'));
    const [first] = logLines(stage.operator.log());
    expect(first).toMatchObject({ level: 'info', msg: 'Started', version, server: stage.url });
    expect(await sample(`keyferry_build_info{version="${version}"}`)).toBe(1);
  });
});

describe('an operator that cannot reach its API server', () => {
  it('waits, says so, is alive but not ready, and begins when the server is there', async () => {
    const port = await freePort();
    const { caPem, adminToken: token } = stage;
    const path = join(runDirectory('unreachable'), 'kubeconfig');
    const kubeconfigPath = writeKubeconfig(path, { url: `https://127.0.0.1:${port}`, caPem, token });
    const relay = tcpRelay(port, Number(new URL(stage.url).port));
    const operator = await startOperator({ kubeconfigPath, awsEndpoint: stage.front.endpoint, waitUntilReady: false });
    try {
      const waiting = await eventually('the log to tell of the wait', () =>
        logLines(operator.log()).find(({ level }) => level === 'warn'),
      );
      expect(waiting.msg).toMatch(/^Waiting for /);
      expect(waiting.reason).toContain('ECONNREFUSED');
      expect(await operator.health('/healthz')).toBe(200);
      const ready = await fetchFrom(operator, '/readyz');
      expect(ready.status).toBe(503);
      expect(await ready.text()).toContain('ExternalSecret has not been listed yet');
      await relay.open();
      await eventually('the operator to be ready', async () => (await operator.health('/readyz')) === 200, {
        timeoutMs: 40_000,
      });
      expect(await operator.stop()).toBe(0);
    } finally {
      await operator.kill();
      await relay.close();
    }
  });

  it('ends with 0 when it is told to stop while it waits', async () => {
    const url = `https://127.0.0.1:${await freePort()}`;
    const path = join(runDirectory('unreachable'), 'kubeconfig');
    const kubeconfigPath = writeKubeconfig(path, { url, caPem: stage.caPem, token: 'none' });
    const operator = await startOperator({ kubeconfigPath, awsEndpoint: stage.front.endpoint, waitUntilReady: false });
    await eventually('the log to tell of the wait', () => operator.log().includes('Waiting for '));
    expect(await operator.stop()).toBe(0);
  });
});
