import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { startStandIn } from '../support/aws/stand-in.ts';
import { TEST_ACCOUNT, TEST_REGION } from '../support/aws.ts';
import { openCluster } from '../support/cluster.ts';
import { readBody } from '../support/request-body.ts';
import type { AwsOrder, AwsProcessInput, AwsProcessOutput, Tally } from './aws-orders.ts';
import { warmUp } from './aws-warm-up.ts';

// AWS as a process of its own: what it takes of the processors is not measured as the operator's. What it is to be, it reads from
// standard input; where it is, it says in one line; and orders come by HTTP.

const input: AwsProcessInput = JSON.parse(await text(process.stdin));
const cluster = openCluster(input.cluster);
const standIn = await startStandIn({
  issuer: { issuer: input.issuer, fetchKeys: async () => JSON.parse(await cluster.text('/openid/v1/jwks')) },
});

await warmUp(standIn, cluster);

function* textsOf({
  prefix,
  from = 0,
  count,
  round,
}: AwsOrder & { order: 'seed' }): Generator<readonly [string, string]> {
  // As long as a password with its user and host.
  for (let at = from; at < from + count; at++)
    yield [`${prefix}${at}`, `value ${at} of round ${round}`.padEnd(100, '.')];
}

function obey(order: AwsOrder): unknown {
  switch (order.order) {
    case 'seed':
      return order.service === 'SecretsManager'
        ? standIn.putSecrets(textsOf(order))
        : standIn.putParameters(textsOf(order));
    case 'trust':
      return standIn.trust(order.roleArn, { subject: order.subject });
    case 'limit':
      return standIn.setLimit(order.group, order.perSecond);
    case 'latency':
      return standIn.setLatency(order.ms);
    case 'forget':
      standIn.journal.splice(0);
      return collectGarbage();
    case 'tally':
      return standIn.journal.map(({ at, operation, status, ids }): Tally => [at, operation, status, ids.length]);
  }
}

/** What making thousands of secrets leaves would be collected while something is measured. */
function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('started without --expose-gc');
  globalThis.gc();
}

const control = createServer((request, response) => {
  readBody(request).then(
    (body) => response.end(JSON.stringify(obey(JSON.parse(body.toString())) ?? null)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});
control.listen(0, '127.0.0.1', () => {
  const { port } = control.address() as AddressInfo;
  const { endpoint } = standIn;
  const here: AwsProcessOutput = {
    endpoint,
    control: `http://127.0.0.1:${port}`,
    account: TEST_ACCOUNT,
    region: TEST_REGION,
  };
  console.log(JSON.stringify(here));
});
