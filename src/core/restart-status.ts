import { sameJson } from './canonical.ts';
import { rfc3339 } from './conditions.ts';
import { SETTLING_S } from './restart.ts';
import type { LastRestart } from './restart-note.ts';
import type { Status } from './summarize.ts';

type Entry = NonNullable<Status['restarts']>[number];

/** Whether a state of a restart is its end, whether it is under way, and whether it comes after the patch. */
interface Meaning {
  readonly isEnd: boolean;
  readonly isUnderWay: boolean;
  readonly isMade: boolean;
}

const WAITS: Meaning = { isEnd: false, isUnderWay: false, isMade: false };
const MADE: Meaning = { isEnd: false, isUnderWay: false, isMade: true };
const ENDS: Meaning = { isEnd: true, isUnderWay: false, isMade: true };

/** Every state that the restart of a workload can be in. docs/restarts.md has a row for each. */
export const restartStates = {
  WaitingForRollout: WAITS,
  WaitingForInterval: WAITS,
  WaitingForTurn: WAITS,
  Paused: WAITS,
  InvalidInterval: WAITS,
  Conflict: WAITS,
  Refused: WAITS,
  Restarting: { ...MADE, isUnderWay: true },
  OnDelete: MADE,
  // It may yet come through: a Deployment's controller goes on trying.
  Failed: MADE,
  Restarted: ENDS,
  NoPods: { ...ENDS, isMade: false },
  Undone: ENDS,
  Stripped: ENDS,
} as const satisfies Record<string, Meaning>;
export type RestartState = keyof typeof restartStates;

/** What is known of a workload's restart for some Secrets. Times are Unix seconds by the API server's clock. */
export interface RestartReport {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly secrets: readonly string[];
  readonly state: RestartState;
  readonly sinceS: number;
  /** When keyferry restarted it; undefined when it has not. */
  readonly restartedAtS: number | undefined;
  /** Since when it is owed a restart; undefined when it is owed none. */
  readonly owedSinceS: number | undefined;
}

const CAP = 100;

/** Whether a status holds the end of the workload's last restart for the Secret, so that nothing is left to be told of it. */
export function isTold(
  status: Status,
  workload: Pick<Entry, 'kind' | 'name'>,
  secret: string,
  last: LastRestart,
): boolean {
  const entry = restartOf(status, workload);
  // Where entries were left out for want of room, a missing one is no news.
  if (entry === undefined)
    return last.atS === undefined || !last.secrets.includes(secret) || status.restarts?.length === CAP;
  if (!stateOf(entry).isEnd || (last.undone.includes(secret) && entry.state !== 'Undone')) return false;
  return last.atS === undefined || !last.secrets.includes(secret) || Date.parse(entry.since) >= last.atS * 1_000;
}

/** Whether the state, since then (Unix seconds), says that a restart was made for a change at `changedAtS`. */
export const tellsOfRestart = (state: string, sinceS: number, changedAtS: number): boolean =>
  stateOf({ state }).isMade && sinceS >= changedAtS + SETTLING_S;

/** What a status says of the workload. */
export const restartOf = (status: Status, { kind, name }: Pick<Entry, 'kind' | 'name'>): Entry | undefined =>
  status.restarts?.find((entry) => entry.kind === kind && entry.name === name);

const stateOf = ({ state }: Pick<Entry, 'state'>): Meaning =>
  Object.hasOwn(restartStates, state) ? restartStates[state as RestartState] : WAITS;

/**
 * What to write of restarts into a status, or undefined when it says so already. Entries of workloads that nothing is newly known of stay,
 * as long as `isAsking`; those over the cap are left out, the ends that are longest ago first.
 */
export function planRestartStatus(
  status: Status,
  reports: readonly RestartReport[],
  isAsking: (workload: Pick<Entry, 'kind' | 'name'>) => boolean,
): Pick<Status, 'restarts' | 'lastRestartTime'> | undefined {
  const news = reports.filter(isAsking);
  const isNews = ({ kind, name }: Entry): boolean =>
    news.some((report) => report.kind === kind && report.name === name);
  const kept = (status.restarts ?? []).filter((entry) => isAsking(entry) && !isNews(entry));
  const restarts = capped([...kept, ...news.map((report) => toEntry(report, restartOf(status, report)))]);
  const times = [status.lastRestartTime, ...news.map(({ restartedAtS }) => timeOf(restartedAtS))];
  const lastRestartTime = times
    .filter((time) => time !== undefined)
    .toSorted()
    .at(-1);
  const isSame = sameJson(restarts, status.restarts ?? []) && lastRestartTime === status.lastRestartTime;
  return isSame ? undefined : { restarts, ...(lastRestartTime === undefined ? {} : { lastRestartTime }) };
}

const timeOf = (second: number | undefined): string | undefined =>
  second === undefined ? undefined : rfc3339(second * 1_000);

/** A state that lasts keeps its time; one that a later restart has come to again does not. */
function toEntry({ kind, name, state, sinceS, restartedAtS = 0 }: RestartReport, before: Entry | undefined): Entry {
  const lasts = before?.state === state && Date.parse(before.since) >= restartedAtS * 1_000;
  return { kind, name, state, since: lasts ? before.since : rfc3339(sinceS * 1_000) };
}

function capped(entries: readonly Entry[]): Entry[] {
  const byNews = (a: Entry, b: Entry): number =>
    Number(stateOf(a).isEnd) - Number(stateOf(b).isEnd) || compare(b.since, a.since) || byName(a, b);
  return entries.toSorted(byNews).slice(0, CAP).toSorted(byName);
}

const byName = (a: Entry, b: Entry): number => compare(a.kind, b.kind) || compare(a.name, b.name);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
