import type { FetchedValue, ValueRef } from '../core/ports.ts';
import type { Fault } from '../model/fault.ts';
import { type Failed, type Result, succeed } from '../model/result.ts';
import type { Accounts } from './accounts.ts';
import { memberError } from './aws-error.ts';
import type { Caller, CallOutcome } from './caller.ts';
import { nameOfFalseFullArn } from './false-full-arn.ts';
import type { Lane, Reader } from './lane.ts';
import { inLanes } from './lanes.ts';
import { describeParameter, describeSecret } from './metadata-answer.ts';
import { answersRef, askedName, readParametersAnswer, valueFor } from './parameter-answer.ts';
import { answersId, originOf } from './secret-answer.ts';
import { notFound, translate, unanswered } from './translate.ts';
import type { ReadApi } from './transport.ts';

const WIDTH = 8;

interface Means {
  readonly call: Caller;
  readonly accounts: Accounts;
}

interface Flight {
  readonly lane: Lane;
  readonly signal: AbortSignal;
}

type Described = Promise<Result<FetchedValue>>;

/** Reads what AWS knows about secrets and parameters, each alone, by calls that give no value away. */
export function createMetadataReader(means: Means): Reader {
  return async (lane, pending, signal) => {
    const flight: Flight = { lane, signal };
    await inLanes(
      WIDTH,
      pending.map((it) => async () => {
        const read = it.question.service === 'SecretsManager' ? readSecret : readParameter;
        it.settle(await read(means, flight, it.question));
      }),
    );
  };
}

async function readSecret({ call, accounts }: Means, { lane, signal }: Flight, ref: ValueRef): Described {
  const describe = (SecretId: string) => call({ api: 'DescribeSecret', input: { SecretId } }, lane, signal);
  const first = await describe(ref.key);
  const byName = nameOfFalseFullArn(lane, ref.key, first, accounts);
  const second = byName === undefined ? first : await describe(byName);
  const outcome = second.kind === 'answer' ? second : first;
  if (outcome.kind !== 'answer') return refused(lane, ref, 'DescribeSecret', outcome);
  const found = describeSecret(outcome.answer, ref);
  switch (found) {
    case 'unreadable':
      return failed(unanswered(ref, lane.access));
    case 'marked':
      return failed(
        translate('DescribeSecret', memberError('InvalidRequest', 'marked for deletion'), ref, lane.access),
      );
    case 'noVersion':
      return failed(
        translate(
          'DescribeSecret',
          memberError('ResourceNotFound', 'secret value for staging label'),
          ref,
          lane.access,
        ),
      );
  }
  if (byName === undefined && !answersId(ref.key, found)) return failed(unanswered(ref, lane.access));
  const { arn, value, versionId } = found;
  const version = versionId === undefined ? {} : { versionId };
  const origin = ref.versionId === undefined ? { origin: originOf(arn, ref.versionStage) } : {};
  return succeed({ value, metadata: true, region: lane.access.region, ...version, ...origin });
}

/** Undecrypted, so that no grant on a KMS key is needed; the value is left where it is. */
async function readParameter({ call }: Means, { lane, signal }: Flight, ref: ValueRef): Described {
  const Names = [askedName(ref)];
  const outcome = await call({ api: 'GetParameters', input: { Names, WithDecryption: false } }, lane, signal);
  if (outcome.kind !== 'answer') return refused(lane, ref, 'GetParameters', outcome);
  const { parameters, invalid } = readParametersAnswer(outcome.answer, lane.access.region);
  const found = parameters.find((parameter) => answersRef(ref, parameter));
  if (found === undefined) return failed((invalid.size > 0 ? notFound : unanswered)(ref, lane.access));
  const input = { ResourceType: 'Parameter', ResourceId: found.name } as const;
  const tags = await call({ api: 'ListTagsForResource', input }, lane, signal);
  if (tags.kind === 'error' && tags.error.name === 'InvalidResourceId') return failed(notFound(ref, lane.access));
  if (tags.kind !== 'answer') return refused(lane, ref, 'ListTagsForResource', tags);
  const value = describeParameter(found, tags.answer);
  if (value === undefined) return failed(unanswered(ref, lane.access));
  const { list: _, ...about } = valueFor(ref, found);
  return succeed({ ...about, value, metadata: true });
}

function refused(lane: Lane, ref: ValueRef, api: ReadApi, outcome: Exclude<CallOutcome, { kind: 'answer' }>) {
  return outcome.kind === 'failed' ? outcome.failed : failed(translate(api, outcome.error, ref, lane.access));
}

const failed = (fault: Fault): Failed => ({ ok: false, faults: [fault] });
