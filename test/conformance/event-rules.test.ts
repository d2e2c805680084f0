import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readEvent } from '../../src/core/source-change.ts';
import { TEST_ACCOUNT, TEST_REGION } from '../support/aws.ts';
import { attachEnvironment } from '../support/environment.ts';
import { createStack, putEvents } from '../support/event-bridge.ts';
import { templatePath } from '../support/event-examples.ts';
import { openQueue, type SeededQueue } from '../support/event-queue.ts';
import { labelUpdated, parameterChanged, type SampleEvent, secretCalled, secretRotated } from '../support/events.ts';
import { ensureParts } from '../support/parts.ts';
import { runCommand } from '../support/processes.ts';

// The CloudFormation of examples/events, as moto's CloudFormation, EventBridge and SQS take it.

const { motoEndpoint } = attachEnvironment();
const NAME = `rules-${process.pid}`;
const OTHER_REGION = 'us-east-1';
const read = (name: 'queue' | 'forward'): string => readFileSync(templatePath(name), 'utf8');

let queue: SeededQueue;
beforeAll(async () => {
  const parameters = { Name: NAME, SenderAccounts: '' };
  await createStack(motoEndpoint, TEST_REGION, { name: NAME, template: read('queue'), parameters });
  queue = openQueue(motoEndpoint, NAME);
  return () => queue.close();
});

const CALLS = [
  'CreateSecret',
  'DeleteSecret',
  'PutSecretValue',
  'RestoreSecret',
  'UpdateSecret',
  'UpdateSecretVersionStage',
];
const ASKED = { secretId: 'prod/db' };

/** What comes into the queue when these events happen, by kind and what happened. */
async function passed(region: string, events: readonly SampleEvent[]): Promise<readonly string[]> {
  await putEvents(motoEndpoint, region, events);
  // moto leaves the account out, which AWS gives.
  const taken = (await queue.takeAll()).map((body): SampleEvent => ({ account: TEST_ACCOUNT, ...JSON.parse(body) }));
  for (const event of taken) expect(readEvent(JSON.stringify(event))).toMatchObject({ kind: 'change' });
  return taken.map(titleOf).toSorted();
}

function titleOf({ 'detail-type': type, detail }: SampleEvent): string {
  const { eventName, operation } = detail as { eventName?: string; operation?: string };
  return [type, eventName ?? operation ?? ''].join(' ');
}

describe('the rules of examples/events', () => {
  it('let each event that tells of a change into the queue, once, as keyferry reads it', async () => {
    const events = [
      labelUpdated('prod/db', 'v2'),
      labelUpdated('prod/db', 'v2', {}, 'GREEN'),
      ...CALLS.map((name) => secretCalled(name, ASKED, null)),
      secretRotated('prod/db'),
      ...['Create', 'Update', 'Delete', 'LabelParameterVersion'].map((operation) => parameterChanged('/a', operation)),
    ];
    expect(await passed(TEST_REGION, events)).toEqual(events.map(titleOf).toSorted());
  });

  it('keep out what tells of none', async () => {
    const events = [
      secretCalled('GetSecretValue', ASKED, null),
      secretCalled('PutSecretValue', ASKED, null, {}, { errorCode: 'AccessDenied' }),
      secretRotated('prod/db', 'RotationStarted'),
      secretRotated('prod/db', 'RotationFailed'),
      { ...labelUpdated('prod/db', 'v2'), source: 'aws.s3' },
      { ...parameterChanged('/a'), 'detail-type': 'Parameter Store Policy Action' },
    ];
    expect(await passed(TEST_REGION, events)).toEqual([]);
  });

  it('forward from another Region to the bus of the first', async () => {
    const BusArn = `arn:aws:events:${TEST_REGION}:${TEST_ACCOUNT}:event-bus/${NAME}`;
    const name = `${NAME}-forward`;
    await createStack(motoEndpoint, OTHER_REGION, { name, template: read('forward'), parameters: { BusArn } });
    const events = [labelUpdated('prod/db', 'v2'), parameterChanged('/a')];
    expect(await passed(OTHER_REGION, events)).toEqual(events.map(titleOf).toSorted());
  });

  it('stand in templates that CloudFormation’s linter takes', async () => {
    const { motoServer } = await ensureParts();
    const linter = join(dirname(motoServer), 'cfn-lint');
    const { code, stdout } = await runCommand(linter, [templatePath('queue'), templatePath('forward')]);
    expect(code, stdout).toBe(0);
  });
});
