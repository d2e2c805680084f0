import type { SourceChange } from './source-change.ts';
import { concerns, type SourceEntry, type Sources, sourcesOfChange } from './source-entry.ts';

/** Something that AWS has told of a secret or parameter and that has still to be seen in a reading of it. */
export interface Expectation {
  /** The latest that was told. */
  readonly change: SourceChange;
  /** The versions that were told of in that second, of which one is the last; none where no event names one. */
  readonly versions: ReadonlySet<string>;
  /** How many readings have not shown it. */
  readonly looks: number;
  /** When it is to be read, in Unix milliseconds. */
  readonly dueMs: number;
  /** True when it was seen, and one more reading is to show that it was the last. */
  readonly isSeen?: true;
  /** True when it is about a list, which may lag for minutes. */
  readonly isSlow?: true;
}

// Reads of AWS may lag behind its events by seconds, its lists by minutes. After the last of these, what is read is taken to be so.
const UNTIL_SHOWN = {
  version: [500, 1_000, 2_000, 4_000, 8_000],
  change: [1_000, 4_000],
  member: [5_000, 60_000, 300_000],
};
const CONFIRM_MS = 2_000;
// What happened that long ago is surely in every read.
const OLD_MS = 60_000;

/** The changes to which this is the same secret or parameter. */
export const subjectOf = ({ service, region, account, names }: SourceChange): string =>
  JSON.stringify([service, region, account, names[0]]);

/** What is expected after the change was told, when `before` was before it. Events come in any order: an older one changes nothing. */
export function expect(before: Expectation | undefined, change: SourceChange, nowMs: number): Expectation {
  const told = change.moved === undefined ? [] : [change.moved.versionId];
  if (before === undefined || change.atMs > before.change.atMs) {
    return { change, versions: new Set(told), looks: 0, dueMs: nowMs };
  }
  if (change.atMs < before.change.atMs || told.every((each) => before.versions.has(each))) return before;
  return { change: before.change, versions: new Set([...before.versions, ...told]), looks: 0, dueMs: nowMs };
}

/** Whether the sources that were read last are what was told, so that nothing has to be read. */
export function isHeld(expectation: Expectation, entries: readonly SourceEntry[], sources: Sources): boolean {
  const { change, versions } = expectation;
  if (change.moved === undefined || versions.size !== 1) return false;
  const { label, versionId } = change.moved;
  // A source does not say by which label it was read.
  const readsOthers = entries.some(
    (entry) => concerns(change, entry) && entry.kind === 'named' && entry.label !== label,
  );
  const held = sourcesOfChange(change, sources);
  return !readsOthers && held.length > 0 && held.every((source) => source.versionId === versionId);
}

/** How a reading ended: the sources of the last good one before it, if any, and its own; undefined when it failed. */
export interface Reading {
  readonly before: Sources | undefined;
  readonly after: Sources | undefined;
}

/** What is still expected after a reading that began after all that was told; undefined when it has shown everything, or is taken to. */
export function afterReading(
  expectation: Expectation,
  entries: readonly SourceEntry[],
  reading: Reading,
  nowMs: number,
): Expectation | undefined {
  const { change, versions, looks, isSeen } = expectation;
  const missing = whatIsMissing(expectation, entries, reading);
  const isOld = nowMs - change.atMs > (missing === 'member' ? 10 : 1) * OLD_MS;
  if (isSeen || isOld) return undefined;
  if (missing === undefined) {
    // Two versions within a second: nobody knows which was the last, and the one that was read may be the first.
    return versions.size > 1 ? { ...expectation, isSeen: true, dueMs: nowMs + CONFIRM_MS } : undefined;
  }
  const waitMs = UNTIL_SHOWN[missing][looks];
  if (waitMs === undefined) return undefined;
  const slow = missing === 'member' ? { isSlow: true as const } : {};
  return { change, versions, looks: looks + 1, dueMs: nowMs + waitMs, ...slow };
}

/** What the reading does not show: a version, any change at all, or a member of a find. */
function whatIsMissing(
  { change, versions }: Expectation,
  entries: readonly SourceEntry[],
  { before, after }: Reading,
): keyof typeof UNTIL_SHOWN | undefined {
  const unseen = versions.size > 0 ? 'version' : 'change';
  if (after === undefined) return unseen;
  const shown = sourcesOfChange(change, after);
  const former = before === undefined ? undefined : sourcesOfChange(change, before);
  const concerned = entries.filter((entry) => concerns(change, entry));
  if (shown.length === 0) return isMissed(concerned, former) ? 'member' : undefined;
  if (concerned.every((entry) => entry.kind === 'named' && entry.label === undefined)) return undefined;
  if (versions.size === 0) return former !== undefined && isSame(former, shown) ? 'change' : undefined;
  const told = shown.flatMap(({ versionId }) => (versionId === undefined ? [] : [versionId]));
  return told.length === 0 || told.some((versionId) => versions.has(versionId)) ? undefined : 'version';
}

/** Whether a find should have found it: not one that asks for tags, which no event tells, and nothing that was there before and went. */
const isMissed = (concerned: readonly SourceEntry[], former: Sources | undefined): boolean =>
  (former === undefined || former.length === 0) &&
  concerned.some((entry) => entry.kind === 'find' && Object.keys(entry.criteria.search.tags).length === 0);

const isSame = (a: Sources, b: Sources): boolean => JSON.stringify(a) === JSON.stringify(b);
