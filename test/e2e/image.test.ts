import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entry } from '../support/entry.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { flagsOf, RELEASE } from '../support/installed.ts';
import { type Child, type Finished, startChild } from '../support/processes.ts';
import { execForm, parseDockerfile, textsOf } from '../support/release/dockerfile.ts';
import { inRepository } from '../support/repository.ts';
import { IMAGE_USER, layContainer, NODE, runIn, stateOf, type Tried, tryWays } from '../support/sandbox.ts';
import { requestToken } from '../support/service-account.ts';
import { type Stage, setStage } from '../support/stage.ts';

// No container engine: the files of the image in a root folder of their own, run as its user. What a base image has beside
// node, its libraries and CA certificates is not there, so nothing depends on it.

const image = parseDockerfile(readFileSync(inRepository('Dockerfile'), 'utf8')).at(-1);
const [program = []] = textsOf(image, 'ENTRYPOINT').map(execForm);
const [healthCheck = []] = textsOf(image, 'HEALTHCHECK').map(execForm);

const empty = await layContainer();
const tried: readonly Tried[] = await tryWays(empty);
const best = tried.find(({ refusal }) => refusal === undefined)?.way;
const reasons = tried.flatMap(({ refusal }) => refusal ?? []).join('; ');

const PROBE = `
const { readdirSync, writeFileSync } = require('node:fs');
const write = (path) => { try { writeFileSync(path, ''); return 'written'; } catch ({ code }) { return code; } };
const writes = ['/new', '/app/new', '/app/keyferry.mjs', '/tmp/new', '/nodejs/bin/new'].map(write);
console.log(JSON.stringify({ ids: [process.getuid(), process.getgid()], root: readdirSync('/'), writes }));`;

describe.each(tried)('the image, run by way of $way.name', ({ way, refusal }) => {
  it('is alone with node, as a user who can write nowhere', async ({ skip }) => {
    if (refusal !== undefined) skip(`refused here: ${refusal}`);
    const { code, stdout, stderr } = await runIn(way, empty, [NODE, '-e', PROBE]);
    expect([code, stderr]).toEqual([0, '']);
    const { ids, root, writes } = JSON.parse(stdout);
    expect(ids).toEqual([IMAGE_USER, IMAGE_USER]);
    expect(root.filter((name: string) => !name.startsWith('lib'))).toEqual(['app', 'nodejs', 'proc']);
    const refused = way.readOnlyRoot ? 'EROFS' : 'EACCES';
    expect(writes).toEqual([refused, refused, refused, 'ENOENT', refused]);
  });

  it('tells its version', async ({ skip }) => {
    if (refusal !== undefined) skip(`refused here: ${refusal}`);
    const { version }: { version: string } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8'));
    expect(await runIn(way, empty, [...program, '--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});

describe.skipIf(best === undefined)(`the operator in the image (by way of ${best?.name ?? `none: ${reasons}`})`, () => {
  let stage: Stage;
  let child: Child;
  let folder: string;
  let before: readonly string[];
  let address: string;

  /** As a kubelet starts it: with the Deployment's flags, and the ServiceAccount where pods have it. */
  beforeAll(async () => {
    if (best === undefined) return;
    stage = await setStage();
    await stage.operator.stop();
    const token = await requestToken(stage.cluster, RELEASE.namespace, RELEASE.serviceAccount, stage.issuer);
    const account = { token, 'ca.crt': stage.caPem, namespace: RELEASE.namespace };
    folder = await layContainer(
      Object.fromEntries(
        Object.entries(account).map(([name, text]) => [`/var/run/secrets/kubernetes.io/serviceaccount/${name}`, text]),
      ),
    );
    before = stateOf(folder);
    address = `127.0.0.1:${await freePort()}`;
    // Alone, it need not wait until a lease of before is over.
    const deployed = (await flagsOf(stage.cluster, RELEASE)).filter((flag) => flag !== '--leader-elect');
    const flags = ['operator', ...deployed, '--metrics-address', address];
    const [command, ...args] = best.wrap(folder, [...program, ...flags]);
    const { hostname, port } = new URL(stage.url);
    const env = {
      PATH: process.env.PATH,
      HOME: '/',
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      AWS_ENDPOINT_URL: stage.front.endpoint,
    };
    child = startChild(command, args, { name: 'image', env });
  });
  afterAll(async () => {
    await child?.stop('SIGKILL');
    await stage?.end();
  });

  const run = (command: readonly string[]): Promise<Finished> => {
    if (best === undefined) throw new Error(reasons);
    return runIn(best, folder, command);
  };
  const check = (): Promise<Finished> => run(healthCheck.map((word) => word.replace('127.0.0.1:8080', address)));

  it('helps', async () => {
    const help = await run([...program, '--help']);
    expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('Usage: keyferry') });
  });

  it('is ready, by the probes and by the health check of the Dockerfile, and syncs a Secret', async () => {
    await eventually('the operator in the image to be ready', async () => {
      if (!child.running()) throw new Error(`it ended: ${child.tail()}`);
      return (await fetch(`http://${address}/readyz`)).status === 200;
    });
    expect((await fetch(`http://${address}/healthz`)).status).toBe(200);
    expect(await check()).toMatchObject({ code: 0 });
    const team = await stage.team();
    await stage.aws.createSecret(`${team.namespace}/db`, 'from the image');
    await team.externalSecret('db', { data: [entry('password', `${team.namespace}/db`)] });
    await team.holds('db', { password: 'from the image' });
  });

  it('ends in order when it is told to, and has written nothing', async () => {
    expect(await child.stop('SIGTERM', 25_000)).toEqual({ code: 0, signal: null });
    expect(child.log()).not.toMatch(/EROFS|EACCES|ENOENT/);
    expect(stateOf(folder)).toEqual(before);
    expect(await check()).toMatchObject({ code: 1 });
  });
});
