import { LRUCache } from 'lru-cache';
import type { Ambient } from '../core/ports.ts';
import type { Fault } from '../model/fault.ts';
import { succeed } from '../model/result.ts';
import { atMost } from './at-most.ts';
import type { AwsError } from './aws-error.ts';
import type { Caller } from './caller.ts';
import { type Lane, type PendingValue, type Reader, readKeyOf } from './lane.ts';
import { inLanes } from './lanes.ts';
import {
  answersRef,
  askedName,
  bareName,
  type ParametersAnswer,
  readParametersAnswer,
  valueFor,
} from './parameter-answer.ts';
import { notFound, translate, unanswered } from './translate.ts';

/** What one GetParameters takes. */
export const PARAMETERS_PER_CALL = 10;
const WIDTH = 8;
// After so long a name that had a whole call refused may try to travel with others again.
const APART_MS = 600_000;
const MAX_APART = 10_000;

interface Flight {
  readonly lane: Lane;
  readonly signal: AbortSignal;
}

/** Reads parameters ten at a time, decrypted; each with the version or label that it asks for. */
export function createParameterReader(means: {
  readonly call: Caller;
  readonly ambient: Pick<Ambient, 'nowMs'>;
}): Reader {
  /** Names for which AWS refused a whole call: they go alone, so that they cost the others nothing at the next refresh. */
  const apart = new LRUCache<string, true>({
    ...atMost(MAX_APART),
    ttl: APART_MS,
    perf: { now: () => means.ambient.nowMs() },
  });
  const apartKey = (lane: Lane, it: PendingValue): string => `${lane.identityKey} ${readKeyOf(it.question)}`;

  const readTogether = async (flight: Flight, chunk: readonly PendingValue[]): Promise<void> => {
    const { lane, signal } = flight;
    const names = chunk.map((it) => askedName(it.question));
    const outcome = await means.call(
      { api: 'GetParameters', input: { Names: names, WithDecryption: true } },
      lane,
      signal,
    );
    if (outcome.kind === 'answer') {
      for (const it of chunk) apart.delete(apartKey(lane, it));
      return settleAnswered(flight, chunk, readParametersAnswer(outcome.answer, lane.access.region));
    }
    if (outcome.kind === 'failed') {
      for (const it of chunk) it.settle(outcome.failed);
      return;
    }
    if (chunk.length > 1 && blamesRequest(outcome.error)) {
      for (const part of split(chunk, outcome.error)) await readTogether(flight, part);
      return;
    }
    for (const it of chunk) {
      if (blamesRequest(outcome.error)) apart.set(apartKey(lane, it), true);
      it.settle(failed(translate('GetParameters', outcome.error, it.question, lane.access)));
    }
  };

  return async (lane, pending, signal) => {
    const flight: Flight = { lane, signal };
    const chunks = chunksOf(pending, (it) => apart.has(apartKey(lane, it)));
    await inLanes(
      WIDTH,
      chunks.map((chunk) => () => readTogether(flight, chunk)),
    );
  };
}

/** A forbidden, malformed or undecryptable name: the others in the call may be all right. */
const blamesRequest = (error: AwsError): boolean => error.class === 'client' || error.class === 'denied';

/**
 * As few chunks as it takes, with no parameter twice in one: an answer is then surely told from the others, whatever
 * version, label or form of the name was asked for.
 */
function chunksOf(
  pending: readonly PendingValue[],
  goesAlone: (it: PendingValue) => boolean,
): readonly PendingValue[][] {
  const alone = pending.filter(goesAlone).map((it) => [it]);
  const open: { readonly items: PendingValue[]; readonly names: Set<string> }[] = [];
  for (const it of pending.filter((one) => !goesAlone(one))) {
    const name = bareName(it.question.key);
    const room = open.find(({ items, names }) => items.length < PARAMETERS_PER_CALL && !names.has(name));
    const chunk = room ?? { items: [], names: new Set() };
    if (room === undefined) open.push(chunk);
    chunk.items.push(it);
    chunk.names.add(name);
  }
  return [...open.map(({ items }) => items), ...alone];
}

/** Apart from the others the parameter that the error names; where it names none, in halves. */
function split(chunk: readonly PendingValue[], error: AwsError): readonly (readonly PendingValue[])[] {
  const told = /\bon resource: (arn:\S+)/.exec(error.message)?.[1];
  const blamed = told === undefined ? [] : chunk.filter((it) => bareName(it.question.key) === bareName(told));
  if (blamed.length > 0 && blamed.length < chunk.length) {
    return [blamed, chunk.filter((it) => !blamed.includes(it))];
  }
  const half = Math.ceil(chunk.length / 2);
  return [chunk.slice(0, half), chunk.slice(half)];
}

function settleAnswered(flight: Flight, chunk: readonly PendingValue[], answer: ParametersAnswer): void {
  const { access } = flight.lane;
  for (const it of chunk) {
    const ref = it.question;
    const found = answer.parameters.find((parameter) => answersRef(ref, parameter));
    if (found !== undefined) it.settle(succeed(valueFor(ref, found)));
    else it.settle(failed(answer.invalid.has(askedName(ref)) ? notFound(ref, access) : unanswered(ref, access)));
  }
}

const failed = (fault: Fault) => ({ ok: false, faults: [fault] }) as const;
