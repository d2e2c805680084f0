import type { Access, Ambient, FetchedValue, Need, ValueRef } from '../core/ports.ts';
import { type Failed, fail, type Result } from '../model/result.ts';
import { parseArn } from './arn.ts';
import type { Circuits } from './circuits.ts';
import type { Notes } from './notes.ts';
import { isOutage } from './region-outage.ts';

type Answers = readonly Result<FetchedValue>[];

/** Asks one Region for the refs, and has an answer for each, in their order, after so long at most. */
export type AskRegion = (
  access: Access,
  refs: readonly ValueRef[],
  need: Need,
  limitMs: number,
  signal: AbortSignal,
) => Promise<Answers>;

interface Means {
  readonly ask: AskRegion;
  readonly circuits: Circuits;
  readonly notes: Pick<Notes, 'failover'>;
  readonly ambient: Pick<Ambient, 'nowMs'>;
  /** What stands for the quota of the access: one account's trouble with a Region opens no other's circuit. */
  readonly accountOf: (access: Access) => string;
}

/** The access in each of its Regions, the first one first. */
export const accessesOf = (access: Access): readonly [Access, ...Access[]] => [
  access,
  ...(access.failoverRegions ?? []).map((region) => ({ ...access, region })),
];

/**
 * Asks the first Region, and what it cannot answer for a failure of its own, the next ones, all within one limit. What a failover Region
 * does not have, or denies, is no news about the secret: then the fault is the first Region's, and passes.
 */
export function createFailover(means: Means): AskRegion {
  const { circuits, notes, ambient } = means;
  const placeOf = (access: Access): string => `${means.accountOf(access)} ${access.region}`;

  return async (access, refs, need, limitMs, signal) => {
    const startedMs = ambient.nowMs();
    const finding = new Finding(access);
    const left: Access[] = [...accessesOf(access)];
    let open = refs;
    while (left.length > 0 && open.length > 0) {
      // Where all that are left have failed of late, they are asked all the same: there is nothing to lose.
      const next = left.findIndex((each) => circuits.admits(placeOf(each)));
      const spentMs = Math.min(Math.max(ambient.nowMs() - startedMs, 0), limitMs);
      // A Region that hangs must leave the next ones their share.
      const shareMs = (limitMs - spentMs) / left.length;
      const [here = access] = left.splice(Math.max(next, 0), 1);
      const there = open.map((ref) => inRegion(ref, access.region, here.region));
      const got = await means.ask(here, there, need, shareMs, signal);
      tell(circuits, placeOf(here), got);
      open = finding.take(open, got, here.region);
    }
    const { servedBy } = finding;
    if (!circuits.isBroken(placeOf(access))) notes.failover(access, undefined);
    else if (servedBy !== undefined) notes.failover(access, servedBy);
    return refs.map((ref) => finding.answerTo(ref));
  };
}

/** A Region that answers some is not down, though it may not be well. */
function tell(circuits: Circuits, place: string, got: Answers): void {
  const outages = got.filter(isOutage).length;
  if (outages === got.length) circuits.tell(place, 'failed');
  else if (outages === 0) circuits.tell(place, 'served');
}

/** What the Regions have said so far. */
class Finding {
  readonly #access: Access;
  readonly #answers = new Map<ValueRef, Result<FetchedValue>>();
  /** What failover Regions said instead of an answer. */
  readonly #besides = new Map<ValueRef, readonly string[]>();

  constructor(access: Access) {
    this.#access = access;
  }

  /** Keeps the answers of a Region; the refs that the next one is to be asked for. All refs of one secret go to one Region. */
  take(refs: readonly ValueRef[], got: Answers, region: string): readonly ValueRef[] {
    const failed = new Set<string>();
    const settled = new Set<ValueRef>();
    for (const [at, ref] of refs.entries()) {
      const answer = got[at];
      if (answer === undefined || isOutage(answer)) failed.add(secretOf(ref));
      if (answer === undefined) continue;
      if (answer.ok || region === this.#access.region) this.#answers.set(ref, answer);
      else this.#besides.set(ref, [...(this.#besides.get(ref) ?? []), ...detailsOf(answer, region)]);
      if (!answer.ok && !isOutage(answer)) settled.add(ref);
    }
    return refs.filter((ref) => failed.has(secretOf(ref)) && !settled.has(ref));
  }

  /** The failover Region that answered anything, if one did. */
  get servedBy(): string | undefined {
    const regions = [...this.#answers.values()].flatMap((answer) => (answer.ok ? [answer.value.region] : []));
    return regions.find((region) => region !== this.#access.region);
  }

  answerTo(ref: ValueRef): Result<FetchedValue> {
    const answer = this.#answers.get(ref);
    const besides = this.#besides.get(ref);
    if (answer !== undefined && (!isOutage(answer) || besides === undefined)) return answer;
    // Said in one way, whether the Region was asked this time or not, so that the status is not written for it.
    const first = `Secrets Manager in ${this.#access.region} is not available`;
    return fail('SourceUnavailable', ref.key, [first, ...(besides ?? [])].join('; '));
  }
}

const detailsOf = ({ faults }: Failed, region: string): readonly string[] => [
  ...new Set(faults.map(({ detail }) => `in the failover Region ${region}: ${detail}`)),
];

/** A replica has the name of its secret, and its ARN but for the Region. */
function inRegion(ref: ValueRef, from: string, to: string): ValueRef {
  const arn = parseArn(ref.key);
  if (arn === undefined || arn.region !== from) return ref;
  return { ...ref, key: `arn:${arn.partition}:${arn.service}:${to}:${arn.account}:${arn.resource}` };
}

/** One text for all ways to name one secret, as far as a name tells. */
function secretOf({ key }: ValueRef): string {
  const resource = parseArn(key)?.resource.replace(/^secret:/, '') ?? key;
  return parseArn(key) === undefined ? resource : resource.replace(/-[A-Za-z0-9]{6}$/, '');
}
