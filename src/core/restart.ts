import {
  CHANGED_AT_ANNOTATION,
  RESTART_ON_ANNOTATION,
  REVISION_ANNOTATION,
  SEEN_REVISIONS_ANNOTATION,
} from '../api/names.ts';
import { rfc3339 } from './conditions.ts';
import type { ObjectMeta } from './ports.ts';
import { comparable, wholeRevision } from './revision.ts';

/** A Secret that a workload asked to be restarted for. Times are Unix seconds by the API server's clock. */
export interface WatchedSecret {
  readonly name: string;
  readonly revision: string;
  /** When this revision replaced another; undefined when the Secret has had one only. */
  readonly changedAtS: number | undefined;
  /** Pods that were created later have seen this revision. */
  readonly sinceS: number;
}

/** What a workload's pods were last made to see of each Secret: its revision, and from when it is if it replaced another. */
export type SeenRevisions = Readonly<Record<string, string>>;

/** A workload as a restart sees it. */
export interface RestartSubject {
  /** The names of the Secrets that it asked to be restarted for, whether they exist or not. */
  readonly asked: readonly string[];
  readonly seen: SeenRevisions;
  /** When its live pods were created: those of the present template. */
  readonly podsCreatedS: readonly number[];
  /** The same for pods of former templates, which the workload's own controller is replacing. */
  readonly outdatedPodsCreatedS: readonly number[];
  /** The records of its former templates. */
  readonly formerSeen: readonly SeenRevisions[];
  /** Secrets for which it was restarted since they changed, though it says so no longer: a tool has taken that away. */
  readonly taken: readonly string[];
  /** Somebody wishes that it be tried once more. */
  readonly isRetry: boolean;
  readonly nowS: number;
}

export type Restart =
  | { readonly kind: 'rest' }
  /** A change is so young that others may follow it; look again then. */
  | { readonly kind: 'wait'; readonly ms: number }
  /** `undone`: Secrets whose restart somebody has rolled back. */
  | { readonly kind: 'record'; readonly seen: SeenRevisions; readonly undone: readonly string[] }
  | { readonly kind: 'roll'; readonly seen: SeenRevisions; readonly causes: readonly string[] };

/** Changes within this time of each other make one rollout. */
export const SETTLING_S = 5;

// Clocks of API servers differ a little; a change that is further ahead than that was never written by us, and nobody waits for it.
const CLOCK_SKEW_S = 5;

/** `pending` is up to a rollout that is under way; when it has come to its end, or is undone, the workload is looked at again. */
type Verdict = 'rest' | 'record' | 'roll' | 'undone' | 'pending';

/**
 * What to do about a workload, from state alone:
 *
 * | entry for the Secret                          | the Secret                      | then |
 * |-----------------------------------------------|---------------------------------|------|
 * | is its revision, since its last change        |                                 | nothing |
 * | none, or of another installation key          | never changed since it was made | record |
 * | of another installation key, since its last change |                            | record |
 * | any other, or none                            | T = changed-at, or its creation | restart if a live pod was created at or before T, else record |
 * | the same, but that of a former template is its revision |                       | somebody has undone the restart: record |
 * | none, as a tool has taken it away, with the restart     |                       | nothing: who takes it away once does so again |
 * | any, when a retry is wished for                         | T, as above           | restart if a pod of any template was created at or before T |
 *
 * Pods are the clock, since entries can lie: a rollback brings old entries back beside pods that are new. Pods of a former template that
 * were created at or before T are being replaced already: a restart would only do so twice, and a record would be wrong if they stay.
 */
export function planRestart(secrets: readonly WatchedSecret[], subject: RestartSubject): Restart {
  const { asked, seen, nowS } = subject;
  const verdicts = new Map(secrets.map((secret) => [secret, verdictOn(secret, subject)]));
  const causes = secrets.filter((secret) => verdicts.get(secret) === 'roll');
  const unsettledS = Math.max(0, ...causes.map(({ sinceS }) => sinceS + SETTLING_S - nowS).filter(isBelievable));
  if (unsettledS > 0) return { kind: 'wait', ms: unsettledS * 1_000 };
  // Entries of Secrets that are not there now are kept: what comes back under the name may hold other data.
  const kept = Object.entries(seen).filter(([name]) => asked.includes(name));
  if (causes.length > 0) {
    const entries = Object.fromEntries([...kept, ...secrets.map(toEntry)]);
    return { kind: 'roll', seen: entries, causes: causes.map(({ name }) => name) };
  }
  const undone = secrets.filter((secret) => verdicts.get(secret) === 'undone');
  const recorded = [...secrets.filter((secret) => verdicts.get(secret) === 'record'), ...undone];
  if (recorded.length === 0 && !subject.isRetry) return { kind: 'rest' };
  const entries = Object.fromEntries([...kept, ...recorded.map(toEntry)]);
  return { kind: 'record', seen: entries, undone: undone.map(({ name }) => name) };
}

const isBelievable = (unsettledS: number): boolean => unsettledS <= SETTLING_S + CLOCK_SKEW_S;

function verdictOn(secret: WatchedSecret, subject: RestartSubject): Verdict {
  const { seen, podsCreatedS, outdatedPodsCreatedS, formerSeen, taken, isRetry } = subject;
  const isOld = (createdS: number): boolean => createdS <= secret.sinceS;
  if (isRetry && secret.changedAtS !== undefined && [...podsCreatedS, ...outdatedPodsCreatedS].some(isOld))
    return 'roll';
  if (hasSeen(seen, secret) || taken.includes(secret.name)) return 'rest';
  const { revision, isSinceLastChange } = entryFor(seen, secret);
  if (isSinceLastChange && (revision === undefined || !comparable(revision, secret.revision))) return 'record';
  if (podsCreatedS.some(isOld)) return formerSeen.some((former) => wasRolledFor(former, secret)) ? 'undone' : 'roll';
  return outdatedPodsCreatedS.some(isOld) ? 'pending' : 'record';
}

/** A record of another revision, or of none, says nothing of restarts; nor does one of a Secret that never changed. */
const wasRolledFor = (former: SeenRevisions, secret: WatchedSecret): boolean =>
  secret.changedAtS !== undefined && hasSeen(former, secret);

/** Whether the record says that nothing is owed for the Secret. */
export function hasSeen(seen: SeenRevisions, secret: WatchedSecret): boolean {
  const { revision, isSinceLastChange } = entryFor(seen, secret);
  return isSinceLastChange && revision === secret.revision;
}

/**
 * An entry bears the time of the change beside the revision: data that goes to another value and back has its old revision again, and
 * pods that were started in between have the other value.
 */
const toEntry = ({ name, revision, changedAtS }: WatchedSecret): [string, string] => [
  name,
  changedAtS === undefined ? revision : `${revision}@${rfc3339(changedAtS * 1_000)}`,
];

function entryFor(seen: SeenRevisions, secret: WatchedSecret): { revision?: string; isSinceLastChange: boolean } {
  const entry = Object.hasOwn(seen, secret.name) ? seen[secret.name] : undefined;
  const [revision, changedAt = ''] = entry?.split('@') ?? [];
  // A Secret that was made again does not know of the changes of its predecessor.
  const isSinceLastChange = secret.changedAtS === undefined || Date.parse(changedAt) === secret.changedAtS * 1_000;
  return { ...(revision === undefined ? {} : { revision }), isSinceLastChange };
}

/** A PUT takes this long at most from the read that its changed-at is by: the time that a call to the API server is given. */
const LONGEST_WRITE_S = 15;

/**
 * The Secret as restarts see it, or undefined when keyferry has published nothing in it that pods may lack. `writtenS` is when the API
 * server took our last write: where that was late, pods that were created meanwhile are older than the data, though younger than changed-at.
 */
export function watchedSecret(meta: ObjectMeta, writtenS?: number): WatchedSecret | undefined {
  const parts = publishedParts(meta);
  if (parts.length === 0) return undefined;
  const { name } = meta;
  const revision = wholeRevision(parts.map((part) => part.revision));
  const changes = parts.flatMap(({ changedAtS }) => changedAtS ?? []);
  if (changes.length === 0) {
    return { name, revision, changedAtS: undefined, sinceS: Date.parse(meta.creationTimestamp) / 1_000 };
  }
  const changedAtS = Math.max(...changes);
  const isLate = writtenS !== undefined && writtenS > changedAtS && writtenS <= changedAtS + LONGEST_WRITE_S;
  return { name, revision, changedAtS, sinceS: isLate ? writtenS : changedAtS };
}

interface PublishedPart {
  readonly revision: string;
  readonly changedAtS: number | undefined;
}

/**
 * What each ExternalSecret has published. A part that was merged into the Secret of others counts from its first change on: without one, its
 * bytes were there before it came.
 */
function publishedParts({ annotations }: ObjectMeta): PublishedPart[] {
  return Object.entries(annotations)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, revision]) => {
      if (name !== REVISION_ANNOTATION && !name.startsWith(`${REVISION_ANNOTATION}.`)) return [];
      const whose = name.slice(REVISION_ANNOTATION.length);
      const changedAtS = secondsOf(annotations[`${CHANGED_AT_ANNOTATION}${whose}`]);
      return whose === '' || changedAtS !== undefined ? [{ revision, changedAtS }] : [];
    });
}

function secondsOf(time: string | undefined): number | undefined {
  const ms = Date.parse(time ?? '');
  return Number.isNaN(ms) ? undefined : ms / 1_000;
}

/** What the workload's annotation asks for: `*` or names; undefined when it did not opt in. */
export function restartOn(meta: Pick<ObjectMeta, 'annotations'>): '*' | readonly string[] | undefined {
  const wish = meta.annotations[RESTART_ON_ANNOTATION]?.trim();
  if (wish === undefined || wish === '') return undefined;
  const names = new Set(wish.split(',').map((name) => name.trim()));
  return names.has('*') ? '*' : [...names].filter((name) => name !== '');
}

/** The workload's own record; what is not a JSON map of texts counts as no record. */
export function seenRevisions(meta: Pick<ObjectMeta, 'annotations'>): SeenRevisions {
  try {
    const entries: unknown = JSON.parse(meta.annotations[SEEN_REVISIONS_ANNOTATION] ?? '{}');
    if (typeof entries !== 'object' || entries === null || Array.isArray(entries)) return {};
    return Object.fromEntries(Object.entries(entries).filter(([, revision]) => typeof revision === 'string'));
  } catch {
    return {};
  }
}
