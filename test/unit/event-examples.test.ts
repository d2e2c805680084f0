import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readEvent } from '../../src/core/source-change.ts';
import { type Pattern, resourcesOf, terraformOf } from '../support/event-examples.ts';
import { parameterChanged, secretCalled } from '../support/events.ts';
import { inRepository } from '../support/repository.ts';

const MODULES = ['queue', 'forward'] as const;

/** Those of the template's rules that hear what AWS says itself: not the one on the bus of our own. */
const patternsOf = (name: (typeof MODULES)[number]): readonly Pattern[] =>
  resourcesOf(name, 'AWS::Events::Rule')
    .filter(({ EventBusName }) => EventBusName === undefined)
    .map(({ EventPattern }) => EventPattern as Pattern);

const sorted = (patterns: readonly unknown[]): readonly string[] => patterns.map(canonical).toSorted();

/** The same text for the same value, whatever the order of members. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

describe('the rules of examples/events', () => {
  const patterns = patternsOf('queue');

  it('are four, one for each kind of event', () => {
    expect(patterns.map((pattern) => pattern['detail-type'])).toEqual([
      ['Secret Label Updated'],
      ['AWS API Call via CloudTrail'],
      ['AWS Service Event via CloudTrail'],
      ['Parameter Store Change'],
    ]);
  });

  for (const name of MODULES) {
    it(`are the same in CloudFormation and Terraform: ${name}`, async () => {
      const { locals } = await terraformOf(name);
      expect(sorted(patternsOf(name))).toEqual(sorted(patterns));
      expect(sorted(Object.values(locals[0]?.patterns ?? {}))).toEqual(sorted(patterns));
    });
  }

  it('let through what is known, call by call and operation by operation', () => {
    const [, calls, , parameters] = patterns as readonly { detail?: Record<string, readonly string[]> }[];
    const names = calls?.detail?.eventName ?? [];
    const operations = parameters?.detail?.operation ?? [];
    const events = [
      ...names.map((name) => secretCalled(name, { secretId: 'a' }, null)),
      ...operations.map((operation) => parameterChanged('a', operation)),
    ];
    expect(events).toHaveLength(10);
    for (const event of events) expect(readEvent(JSON.stringify(event)).kind).toBe('change');
  });

  it('on the bus of our own hear both services, in CloudFormation and Terraform', async () => {
    const forwarded = resourcesOf('queue', 'AWS::Events::Rule').filter(({ EventBusName }) => EventBusName);
    expect(forwarded.map(({ EventPattern }) => EventPattern)).toEqual([{ source: ['aws.secretsmanager', 'aws.ssm'] }]);
    const { resource } = await terraformOf('queue');
    const pattern = resource.aws_cloudwatch_event_rule?.forwarded?.[0]?.event_pattern;
    expect(pattern).toContain('jsonencode({ source = ["aws.secretsmanager", "aws.ssm"] })');
  });
});

describe('the queues of examples/events', () => {
  it('are the same in CloudFormation and Terraform', async () => {
    const { resource } = await terraformOf('queue');
    const ofTerraform = ['dead_letters', 'queue'].map((name) => {
      const made = resource.aws_sqs_queue?.[name]?.[0];
      return { retention: made?.message_retention_seconds, sse: made?.sqs_managed_sse_enabled };
    });
    const ofCloudFormation = resourcesOf('queue', 'AWS::SQS::Queue').map((made) => ({
      retention: made.MessageRetentionPeriod,
      sse: made.SqsManagedSseEnabled,
    }));
    expect(ofTerraform).toEqual(ofCloudFormation);
    const { RedrivePolicy = {} } = resourcesOf('queue', 'AWS::SQS::Queue')[1] ?? {};
    expect(RedrivePolicy).toMatchObject({ maxReceiveCount: 10 });
    expect(resource.aws_sqs_queue?.queue?.[0]?.redrive_policy).toMatch(/maxReceiveCount += 10\n/);
  });

  it('let the reader do what docs/events.md says, and nothing else', async () => {
    const page = readFileSync(inRepository('docs', 'events.md'), 'utf8');
    const [, shown = ''] = /^```json\n(\{"Effect".*\})\n```$/m.exec(page) ?? [];
    const { Effect, Action }: { Effect: string; Action: string[] } = JSON.parse(shown);
    const [policy] = resourcesOf('queue', 'AWS::IAM::ManagedPolicy') as readonly {
      PolicyDocument: { Statement: readonly { Effect: string; Action: string[] }[] };
    }[];
    expect(policy?.PolicyDocument.Statement.map((each) => [each.Effect, each.Action])).toEqual([[Effect, Action]]);
    const { data } = await terraformOf('queue');
    expect(data.aws_iam_policy_document?.reader?.[0]).toMatchObject({
      statement: [{ effect: Effect, actions: Action }],
    });
  });
});
