import type { Fault } from '../model/fault.ts';
import type { Result } from '../model/result.ts';
import { BRIDGE } from './admit.ts';
import { type Answers, answerId } from './answers.ts';
import type { PlannedItem } from './plan.ts';
import type { FetchedValue, ValueRef } from './ports.ts';
import type { Status } from './summarize.ts';

/** For so long AWS has to say that nothing is there. Its reads lag, and who replaces a secret may delete it first. */
const GRACE_MS = 10 * 60_000;

/**
 * Whether AWS has said of every single secret and parameter that there is none of that name. Where one version was asked for, the version may
 * be what is missing; by way of Parameter Store, a secret that is scheduled for deletion may look missing. So another ref has to tell that the
 * name is.
 */
export function isNowhere(asked: readonly Asked[]): boolean {
  const says = ({ answer }: Asked, isSo: (fault: Fault) => boolean): boolean =>
    answer?.ok === false && answer.faults.every(isSo);
  const gone = new Set(asked.filter((one) => !isVague(one.ref) && says(one, isAbsence)).map(nameOf));
  const isGone = (one: Asked): boolean => says(one, isVague(one.ref) ? isAbsenceOfVersion : isAbsence);
  return asked.length > 0 && asked.every((one) => gone.has(nameOf(one)) && isGone(one));
}

const isAbsence = (fault: Fault): boolean => fault.isAbsence === true;
const isAbsenceOfVersion = (fault: Fault): boolean => isAbsence(fault) || fault.kind === 'VersionNotFound';

/** What was asked for in a store, and what came of it. */
export interface Asked {
  readonly store: string;
  readonly ref: ValueRef;
  readonly answer: Result<FetchedValue> | undefined;
}

const nameOf = ({ store, ref: { service, key } }: Asked): string => `${store} ${service} ${key}`;

const isVague = ({ key, versionStage, versionId, version, label }: ValueRef): boolean =>
  key.startsWith(BRIDGE) || [versionStage, versionId, version, label].some((pin) => pin !== undefined);

/**
 * Everything beside AWS itself that a not-found hangs on, as text: `grounds`, who AWS says the identities are, and the hosts that stand in AWS's
 * place, if any: an empty one of those says of everything that it is not there. undefined where AWS does not say who is asking, since then a
 * deletion cannot be told from access keys of another account.
 */
export const readingOf = (
  grounds: string,
  identityArns: readonly (string | undefined)[],
  awsHosts: readonly string[],
): string | undefined =>
  identityArns.length === 0 || identityArns.includes(undefined)
    ? undefined
    : JSON.stringify([grounds, ...identityArns, ...(awsHosts.length === 0 ? [] : [awsHosts])]);

export interface Goneness {
  /** Unix milliseconds. */
  readonly sinceMs: number;
  /** Whether that is long enough for deletionPolicy Delete to act. */
  readonly isSure: boolean;
}

/**
 * What it means that nothing is there, at `nowMs`: undefined when it proves nothing, since the values were never read whole by the very same
 * `reading`. The first look begins the grace, so at least two have to agree; any other answer in between ends it.
 */
export function judgeGone(
  { reading: before, goneSince }: Status,
  reading: string | undefined,
  nowMs: number,
): Goneness | undefined {
  if (reading === undefined || reading !== before) return undefined;
  const sinceMs = Date.parse(goneSince ?? '');
  // A time to come was not written by us.
  if (Number.isNaN(sinceMs) || sinceMs > nowMs) return { sinceMs: nowMs, isSure: false };
  return { sinceMs, isSure: nowMs - sinceMs >= GRACE_MS };
}

/** What each ref came to. Of a find nobody can say that all of it is gone, since lists lag: with one of them, nothing counts as asked. */
export function askedBy(items: readonly PlannedItem[], { values }: Answers): readonly Asked[] {
  const refs = items.flatMap((item) => (item.kind === 'find' ? [] : [item]));
  if (refs.length < items.length) return [];
  return refs.map(({ store, ref }) => ({ store, ref, answer: values.get(answerId(store, ref)) }));
}
