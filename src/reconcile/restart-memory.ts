import type { ClusterView, ObjectMeta } from '../core/ports.ts';
import { secretsOf } from '../core/references.ts';
import { hasSeen, seenRevisions, type WatchedSecret, watchedSecret } from '../core/restart.ts';
import { retryWish } from '../core/restart-note.ts';
import type { ReadWish } from '../core/restart-wish.ts';
import type { LiveTemplate } from '../core/workload-storage.ts';

/** What a pod template refers to, as long as it is of this generation. */
interface Template {
  readonly uid: string;
  readonly generation: number;
  readonly secrets: ReadonlySet<string>;
  readonly knownSinceS: number;
}

/** What templates refer to, so that most looks at a workload need no call. It may be lost without harm. */
export class RestartMemory {
  readonly #view: ClusterView;
  readonly #readWish: ReadWish;
  readonly #templates = new Map<string, Template>();

  constructor(view: ClusterView, readWish: ReadWish) {
    this.#view = view;
    this.#readWish = readWish;
  }

  remember(id: string, { metadata, podSpec, serverTimeS }: LiveTemplate): void {
    const { uid, generation } = metadata;
    const known = this.#of(id, metadata);
    const knownSinceS = known?.knownSinceS ?? serverTimeS;
    this.#templates.set(id, { uid, generation, secrets: secretsOf(podSpec), knownSinceS });
  }

  forget(id: string): void {
    this.#templates.delete(id);
  }

  /** When this process first saw the workload's present generation (Unix seconds, the API server's clock). */
  knownSinceS(id: string, meta: ObjectMeta): number | undefined {
    return this.#of(id, meta)?.knownSinceS;
  }

  /** Whether the workload has changed since this process last read it. */
  isChanged(id: string, meta: ObjectMeta): boolean {
    return this.#templates.has(id) && this.#of(id, meta) === undefined;
  }

  /** Whether the workload's own record, or what was `taken` from it, lets it be that a restart is owed, as far as the cache of Secrets knows. */
  isOwed(id: string, meta: ObjectMeta, taken: readonly string[]): boolean {
    if (retryWish(meta) !== undefined) return true;
    if (this.#readWish(meta)?.usesTemplate === true && this.#of(id, meta) === undefined) return true;
    const seen = seenRevisions(meta);
    return !this.cachedSecrets(id, meta).every((secret) => hasSeen(seen, secret) || taken.includes(secret.name));
  }

  /** Those of the Secrets that the workload asked for in which keyferry has published something, as far as the cache knows. */
  cachedSecrets(id: string, meta: ObjectMeta): WatchedSecret[] {
    return this.namesAsked(id, meta).flatMap((name) => {
      const secret = this.#view.meta('Secret', { namespace: meta.namespace, name });
      const watched = secret === undefined ? undefined : watchedSecret(secret);
      return watched === undefined ? [] : [watched];
    });
  }

  /** The Secrets that the workload asked for, whether they exist or not. */
  namesAsked(id: string, meta: ObjectMeta): readonly string[] {
    const wish = this.#readWish(meta);
    if (wish === undefined) return [];
    const { namespace } = meta;
    const referenced = this.#templates.get(id)?.secrets ?? new Set<string>();
    const others = wish.isOpen ? [...this.#view.list('Secret', namespace)].map(({ name }) => name) : [];
    const recorded = wish.isOpen ? Object.keys(seenRevisions(meta)) : [];
    return [...new Set([...wish.names, ...referenced, ...others, ...recorded])]
      .filter((name) => {
        const secret = this.#view.meta('Secret', { namespace, name }) ?? { name, annotations: {} };
        return wish.asksFor(secret, referenced.has(name));
      })
      .toSorted();
  }

  #of(id: string, { uid, generation }: ObjectMeta): Template | undefined {
    const template = this.#templates.get(id);
    return template?.uid === uid && template.generation === generation ? template : undefined;
  }
}
