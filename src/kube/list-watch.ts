import type { Ambient, ObjectMeta } from '../core/ports.ts';
import type { ApiAnswer } from './answer.ts';
import type { ApiClient, WatchEnd } from './client.ts';
import { collectionPath, type KindEntry, METADATA_LIST, METADATA_OBJECT } from './kinds.ts';
import { fieldsOf, itemsOf, textOf } from './object-meta.ts';
import type { ObjectStore } from './object-store.ts';
import { pause } from './pause.ts';
import { type Outcome, WATCH_TIMINGS, WatchPace, type WatchTimings } from './watch-pace.ts';

/** What health and metrics show of one kind's watch. */
export interface WatchHealth {
  /** A whole list has been taken in since the start. */
  readonly synced: boolean;
  /** When the loop last moved (a line, an answer, a new try), by ambient's clock: it stands still only when the loop is broken. */
  readonly lastActivityMs: number;
  /** When the API server last gave what was asked for; 0 before the first time. */
  readonly lastContactMs: number;
  /** Lists after the first. */
  readonly relists: number;
  /** Watches after the first of each list. */
  readonly restarts: number;
  /** Why the last try failed, such as `403`; gone when one succeeds. */
  readonly trouble?: string;
}

const PAGE = 500;

/** How the world is asked and what its objects become. */
export interface ListWatchParts<T> {
  readonly client: ApiClient;
  readonly ambient: Ambient;
  readonly entry: KindEntry;
  /** Only objects of this namespace; undefined: of all. */
  readonly namespace?: string | undefined;
  readonly store: ObjectStore<T>;
  /** An object as it is stored; undefined for what is none. */
  readonly read: (object: unknown) => T | undefined;
  readonly metaOf: (item: T) => ObjectMeta;
  readonly timings?: Partial<WatchTimings>;
}

/** What one watch has brought so far. */
interface Progress {
  openedMs: number | undefined;
  events: number;
  verdict: Outcome | undefined;
}

/** Keeps an ObjectStore equal to what the API server has of one kind: lists, watches, resumes, and never gives up. */
export class ListWatch<T> {
  readonly #parts: ListWatchParts<T>;
  readonly #timings: WatchTimings;
  /** From where to watch; undefined: list first. */
  #resourceVersion: string | undefined;
  readonly #pace: WatchPace;
  #synced = false;
  #lists = 0;
  #watches = 0;
  #lastActivityMs: number;
  #lastContactMs = 0;
  #trouble: string | undefined;

  constructor(parts: ListWatchParts<T>) {
    this.#parts = parts;
    this.#timings = { ...WATCH_TIMINGS, ...parts.timings };
    this.#pace = new WatchPace(this.#timings, parts.ambient);
    this.#lastActivityMs = parts.ambient.nowMs();
  }

  get health(): WatchHealth {
    return {
      synced: this.#synced,
      lastActivityMs: this.#lastActivityMs,
      lastContactMs: this.#lastContactMs,
      relists: Math.max(0, this.#lists - 1),
      restarts: Math.max(0, this.#watches - this.#lists),
      ...(this.#trouble === undefined ? {} : { trouble: this.#trouble }),
    };
  }

  /** Runs until the signal aborts. Rejects only with what a change handler throws. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = await this.#step(signal);
      this.#lastActivityMs = this.#parts.ambient.nowMs();
      if (waitMs > 0) await pause(waitMs, signal);
    }
  }

  /** One list or one watch; answers with the wait before the next. */
  async #step(signal: AbortSignal): Promise<number> {
    try {
      const outcome =
        this.#resourceVersion === undefined
          ? await this.#list(signal)
          : await this.#watch(this.#resourceVersion, signal);
      return this.#waitAfter(outcome);
    } catch (thrown) {
      // An abort ends the loop; anything else that is thrown is a bug, and must end the process.
      if (signal.aborted && thrown === signal.reason) return 0;
      throw thrown;
    }
  }

  #waitAfter(outcome: Outcome): number {
    this.#trouble = 'trouble' in outcome ? outcome.trouble : undefined;
    const { waitMs, relist } = this.#pace.after(outcome);
    if (relist) this.#resourceVersion = undefined;
    return waitMs;
  }

  /** Takes in every page, then drops what no page had. A list that breaks off drops nothing. */
  async #list(signal: AbortSignal): Promise<Outcome> {
    const uids = new Set<string>();
    let token = '';
    do {
      const answer = await this.#page(token, signal);
      // An expired continue token starts over; there is no list to resume.
      if (answer.kind === 'said' && answer.status === 410) return { kind: 'expired' };
      if (answer.kind === 'said' && this.#isAbsent(answer.status)) return this.#absent(answer.status);
      if (answer.kind === 'lost' || answer.status !== 200) return failed(answer);
      this.#touch();
      const list = fieldsOf(answer.body);
      const metadata = fieldsOf(list.metadata);
      for (const object of itemsOf(list.items)) this.#take(object, uids);
      token = textOf(metadata.continue);
      if (token === '') this.#resourceVersion = textOf(metadata.resourceVersion);
    } while (token !== '');
    this.#parts.store.dropAllBut(uids);
    this.#lists++;
    this.#synced = true;
    return { kind: 'listed' };
  }

  /** Before the API server knows a kind it refuses, by RBAC, or has nothing there. */
  #isAbsent(status: number): boolean {
    return this.#parts.entry.isOptional === true && (status === 404 || status === 403);
  }

  #absent(status: number): Outcome {
    this.#touch();
    this.#parts.store.dropAllBut(new Set());
    this.#synced = true;
    return status === 404 ? { kind: 'absent' } : { kind: 'absent', trouble: String(status) };
  }

  #take(object: unknown, uids: Set<string>): void {
    const item = this.#parts.read(object);
    if (item === undefined) return;
    uids.add(this.#parts.metaOf(item).uid);
    this.#parts.store.put(item);
  }

  #page(token: string, signal: AbortSignal): Promise<ApiAnswer> {
    const { client, entry } = this.#parts;
    // No resourceVersion: a list from the etcd quorum. resourceVersion=0 may answer with a past that we have already left.
    const query = { ...selector(entry), limit: String(PAGE), ...(token === '' ? {} : { continue: token }) };
    const path = collectionPath(entry, this.#parts.namespace);
    const accept = entry.form === 'metadata' ? { accept: METADATA_LIST } : {};
    return client.request({ method: 'GET', path, query, ...accept, timeoutMs: this.#timings.listTimeoutMs }, signal);
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<Outcome> {
    const { client, ambient, entry, namespace } = this.#parts;
    const { minWatchS, maxWatchS, idleMs } = this.#timings;
    const query = {
      ...selector(entry),
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion,
      timeoutSeconds: String(Math.round(minWatchS + ambient.random() * (maxWatchS - minWatchS))),
    };
    const accept = entry.form === 'metadata' ? { accept: METADATA_OBJECT } : {};
    const progress: Progress = { openedMs: undefined, events: 0, verdict: undefined };
    const reader = {
      idleMs,
      onOpen: () => {
        progress.openedMs = ambient.nowMs();
        this.#watches++;
        this.#trouble = undefined;
        this.#touch();
      },
      onLine: (line: string) => this.#onLine(line, progress),
    };
    const end = await client.watch(
      { method: 'GET', path: collectionPath(entry, namespace), query, ...accept },
      reader,
      signal,
    );
    if (progress.events > 0) this.#pace.lived();
    return progress.verdict ?? this.#judge(end, progress);
  }

  #judge(end: WatchEnd, { openedMs, events }: Progress): Outcome {
    if (end.kind === 'said')
      return LEADS_NOWHERE.has(end.status) || isFuture(end.body) ? { kind: 'expired' } : failed(end);
    if (end.kind === 'lost') return failed(end);
    const openMs = this.#parts.ambient.nowMs() - (openedMs ?? 0);
    if (events === 0 && openMs < this.#timings.quickMs) return { kind: 'quick' };
    return { kind: end.end === 'closed' ? 'closed' : 'broken' };
  }

  /** Takes in one event; false ends the watch, with the reason in `progress.verdict` where it is not simply broken. */
  #onLine(line: string, progress: Progress): boolean {
    this.#touch();
    const event = parseEvent(line);
    // A line that does not parse hides an event: only a resume brings it back.
    if (event === undefined) return false;
    const { type, object } = event;
    if (type === 'ERROR') {
      progress.verdict = outcomeOfError(object);
      return false;
    }
    const version = textOf(fieldsOf(fieldsOf(object).metadata).resourceVersion);
    // Versions only grow, unless etcd came back from a backup or something between reorders events.
    if (version === '' || isOlder(version, this.#resourceVersion ?? '')) {
      progress.verdict = { kind: 'expired' };
      return false;
    }
    if (type !== 'BOOKMARK' && !this.#apply(type, object)) return false;
    this.#resourceVersion = version;
    progress.events++;
    return true;
  }

  #apply(type: string, object: unknown): boolean {
    const item = this.#parts.read(object);
    if (item === undefined) return false;
    if (type === 'DELETED') this.#parts.store.drop(this.#parts.metaOf(item));
    else this.#parts.store.put(item);
    return true;
  }

  #touch(): void {
    this.#lastActivityMs = this.#parts.ambient.nowMs();
    this.#lastContactMs = this.#lastActivityMs;
  }
}

/** 404: the resource itself is gone (its CRD was removed), so its objects are, too. 400: it does not like our version. */
const LEADS_NOWHERE = new Set([400, 404, 410]);

const selector = ({ labelSelector }: KindEntry): Record<string, string> =>
  labelSelector === undefined ? {} : { labelSelector };

function failed(answer: ApiAnswer): Outcome {
  if (answer.kind === 'lost') return { kind: 'failed', trouble: answer.code };
  const { retryAfterMs } = answer;
  return { kind: 'failed', trouble: String(answer.status), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function parseEvent(line: string): { readonly type: string; readonly object: unknown } | undefined {
  try {
    const { type, object } = fieldsOf(JSON.parse(line));
    return typeof type === 'string' ? { type, object } : undefined;
  } catch {
    return undefined;
  }
}

/** What an ERROR event's Status asks for. */
function outcomeOfError(status: unknown): Outcome {
  const { code, details } = fieldsOf(status);
  if (code === 410) return { kind: 'expired' };
  const { retryAfterSeconds } = fieldsOf(details);
  const retryAfterMs = typeof retryAfterSeconds === 'number' ? retryAfterSeconds * 1000 : 0;
  return { kind: 'failed', trouble: `ERROR event ${String(code)}`, retryAfterMs };
}

/** The watch asks from a version that the API server has not reached: etcd came back from a backup. */
const isFuture = (status: unknown): boolean =>
  itemsOf(fieldsOf(fieldsOf(status).details).causes).some(
    (cause) => fieldsOf(cause).reason === 'ResourceVersionTooLarge',
  );

/** Resource versions are decimal numbers of any length, in order (kubernetes.io, "Resource versions", since 1.35). */
function isOlder(version: string, than: string): boolean {
  return version.length === than.length ? version < than : version.length < than.length;
}
