import { refusalOf } from '../core/diff.ts';
import { absentFault, partOf, partRefusal } from '../core/merge.ts';
import type { ClusterView, LiveSecret, ObjectKey, ObjectMeta, SecretStorage } from '../core/ports.ts';
import type { SecretData } from '../core/render.ts';
import { rivalFault } from '../core/rival.ts';
import type { Claim, DesiredSecret } from '../core/secret-change.ts';
import { readyOf } from '../core/summarize.ts';
import { isOwned, revisionIn } from '../core/target.ts';
import { type Result, succeed } from '../model/result.ts';
import { applySecret, removeSecret } from './apply.ts';
import { isAsLeft, type Memo } from './memo.ts';
import type { Observer } from './observer.ts';
import type { Prepared, Ready } from './prepare.ts';

export interface TargetPorts {
  readonly view: ClusterView;
  readonly secrets: SecretStorage;
  readonly observer: Observer;
  /** The revision of data in a Secret. */
  readonly revise: (secret: ObjectKey, data: SecretData) => string;
  /** The other ExternalSecrets that would make this Secret, which name it as their target. */
  readonly claimants: (secret: ObjectKey) => Iterable<ObjectMeta>;
  /** The Secrets that say they have data of the ExternalSecret of this uid. */
  readonly possessions: (uid: string) => Iterable<ObjectKey>;
}

const NOTHING: SecretData = new Map();

/** Looks at the Secrets of an ExternalSecret, and makes them as they are to be. */
export class TargetKeeper {
  readonly #ports: TargetPorts;

  constructor(ports: TargetPorts) {
    this.#ports = ports;
  }

  /** Whether the target is as a good pass over this very generation left it, so that only new data can call for a write. */
  isUntouched({ target, status, generation }: Ready): boolean {
    const ready = readyOf(status);
    const cached = this.#ports.view.meta('Secret', target);
    const isLeftSo = cached !== undefined && cached.resourceVersion === status.targetResourceVersion;
    return isLeftSo && ready?.status === 'True' && ready.observedGeneration === generation;
  }

  /**
   * Whether no Secret has been written yet, and nothing is known of one: then it is most likely absent, and a POST, which the API server
   * refuses where it is not, serves as well as a look. At a start over thousands it saves a third of all calls; of those that wait for a
   * secret to appear in AWS, it saves all. Where a Secret of somebody else was met, AWS is not asked until that is gone.
   */
  isFresh({ spec, status, target, owner }: Ready): boolean {
    if (status.binding !== undefined || spec.refreshPolicy === 'CreatedOnce') return false;
    if (spec.target.creationPolicy === 'Merge' || readyOf(status)?.reason === 'TargetConflict') return false;
    const { view, claimants } = this.#ports;
    return view.meta('Secret', target) === undefined && ![...claimants(target)].some(({ uid }) => uid !== owner.uid);
  }

  /** A live look at the target before AWS is asked: what it refuses, it refuses without a call. */
  async look(prepared: Ready, signal: AbortSignal): Promise<Result<LiveSecret | undefined>> {
    const read = await this.#ports.secrets.read(prepared.target, signal);
    if (!read.ok) return read;
    const fault = read.value === undefined ? this.#faultOfNone(prepared) : refusalOf(this.#claim(prepared), read.value);
    return fault === undefined ? read : { ok: false, faults: [fault] };
  }

  #faultOfNone(prepared: Ready) {
    return isMerge(prepared)
      ? absentFault(this.#claim(prepared))
      : rivalFault(prepared, this.#ports.claimants(prepared.target));
  }

  /** What of the Secret is the ExternalSecret's; undefined when it has not been made, or merged into, yet. */
  madeIn(prepared: Ready, live: LiveSecret): SecretData | undefined {
    if (!isMerge(prepared)) return live.data;
    const isMade = revisionIn(live.metadata, prepared.spec.target, prepared.owner) !== undefined;
    return isMade ? partOf(live, prepared.owner.uid) : undefined;
  }

  /** The resourceVersion of a target that, as far as the cache knows, holds data of this revision. */
  holding({ target, owner, spec }: Ready, revision: string): string | undefined {
    const cached = this.#ports.view.meta('Secret', target);
    return cached !== undefined && revisionIn(cached, spec.target, owner) === revision
      ? cached.resourceVersion
      : undefined;
  }

  /** The resourceVersion of the target once it is as desired, and its predecessor is gone; undefined in a namespace that goes away. */
  async write(
    prepared: Ready,
    data: SecretData,
    revision: string,
    look: LiveSecret | undefined | 'notRead',
    signal: AbortSignal,
  ): Promise<Result<string | undefined>> {
    const held = look === 'notRead' ? this.holding(prepared, revision) : undefined;
    if (held !== undefined) return succeed(held);
    // Read again after the fetch: changed-at goes by the read's clock, and no pod that starts before the write may look younger.
    const known = look === undefined ? undefined : 'notRead';
    const applied = await this.#apply({ ...this.#claim(prepared), data, revision }, prepared, known, signal);
    if (!applied.ok || applied.value === undefined) return applied;
    const removed = await this.removeFormer(prepared, signal);
    return removed.ok ? applied : removed;
  }

  /**
   * Where only the target can have changed: the memo as it is now, or undefined when the data has to be fetched again. Data that still has
   * the revision that we gave it is its own witness, so labels and owners are put right without a call to AWS.
   */
  async settle(memo: Memo, prepared: Ready, signal: AbortSignal): Promise<Memo | undefined> {
    const cached = this.#ports.view.meta('Secret', memo.secret);
    if (cached !== undefined && isAsLeft(memo, cached)) return memo;
    const read = await this.#ports.secrets.read(memo.secret, signal);
    if (!read.ok || read.value === undefined) return undefined;
    const { metadata } = read.value;
    if (metadata.resourceVersion === memo.targetResourceVersion) return memo;
    const data = this.madeIn(prepared, read.value);
    if (data === undefined) return undefined;
    if (prepared.spec.refreshPolicy === 'CreatedOnce')
      return { ...memo, targetResourceVersion: metadata.resourceVersion };
    const isOurs = isMerge(prepared) || isOwned(metadata, prepared.owner.uid);
    if (!isOurs || this.#ports.revise(memo.secret, data) !== memo.revision) return undefined;
    const desired = { ...this.#claim(prepared), data, revision: memo.revision };
    const applied = await this.#apply(desired, prepared, read.value, signal);
    return applied.ok && applied.value !== undefined ? { ...memo, targetResourceVersion: applied.value } : undefined;
  }

  /** Removes the target, or what was merged into it, as far as it still is the ExternalSecret's. */
  async remove(prepared: Ready, signal: AbortSignal): Promise<Result<undefined>> {
    const read = await this.#ports.secrets.read(prepared.target, signal);
    if (!read.ok) return read;
    if (read.value === undefined) return succeed(undefined);
    if (isMerge(prepared)) return this.#withdraw(prepared, read.value, signal);
    return isOwned(read.value.metadata, prepared.owner.uid)
      ? removeSecret(this.#ports.secrets, this.#ports.observer, read.value, signal)
      : succeed(undefined);
  }

  /**
   * Clears the Secrets that used to be the target. New first: to be called once the target is as it is to be. The status may have missed a
   * name that changed again at once.
   */
  async removeFormer(prepared: Ready, signal: AbortSignal): Promise<Result<undefined>> {
    const { target, owner, status } = prepared;
    const former = new Set<string>();
    if (status.binding?.name !== undefined) former.add(status.binding.name);
    for (const { namespace, name } of this.#ports.possessions(owner.uid)) {
      if (namespace === owner.namespace) former.add(name);
    }
    former.delete(target.name);
    for (const name of former) {
      const cleared = await this.#clear(prepared, { namespace: owner.namespace, name }, signal);
      if (!cleared.ok) return cleared;
    }
    return succeed(undefined);
  }

  async #clear(prepared: Ready, key: ObjectKey, signal: AbortSignal): Promise<Result<undefined>> {
    const { owner, status } = prepared;
    const cached = this.#ports.view.meta('Secret', key);
    const merged = cached && revisionIn(cached, MERGE, owner);
    if (merged !== undefined && merged === this.#ports.revise(key, NOTHING)) return succeed(undefined);
    const read = await this.#ports.secrets.read(key, signal);
    if (!read.ok) return read;
    const live = read.value;
    if (live === undefined) return succeed(undefined);
    if (!isOwned(live.metadata, owner.uid)) return this.#withdraw({ ...prepared, target: key }, live, signal);
    // People copy Secrets with labels and owners and all. The revision is keyed over the name, so a copy does not bear its own.
    const isOriginal =
      key.name === status.binding?.name ||
      revisionIn(live.metadata, OWNER, owner) === this.#ports.revise(key, live.data);
    return isOriginal ? removeSecret(this.#ports.secrets, this.#ports.observer, live, signal) : succeed(undefined);
  }

  /** Takes what was merged out of a Secret again; of one that no longer lets us in, nothing. */
  async #withdraw(prepared: Ready, live: LiveSecret, signal: AbortSignal): Promise<Result<undefined>> {
    const claim: Claim = { ...this.#claim(prepared), target: { ...prepared.spec.target, ...MERGE } };
    if (partOf(live, prepared.owner.uid).size === 0 || partRefusal(claim, live) !== undefined)
      return succeed(undefined);
    const revision = this.#ports.revise(prepared.target, NOTHING);
    const applied = await this.#apply({ ...claim, data: NOTHING, revision }, prepared, live, signal);
    return applied.ok ? succeed(undefined) : applied;
  }

  /** The resourceVersion afterwards; undefined in a namespace that goes away. */
  async #apply(
    desired: Omit<DesiredSecret, 'published'>,
    { status }: Ready,
    look: LiveSecret | undefined | 'notRead',
    signal: AbortSignal,
  ): Promise<Result<string | undefined>> {
    const whole = { ...desired, published: status.targetRevision };
    const applied = await applySecret(this.#ports.secrets, this.#ports.observer, whole, look, signal);
    if (!applied.ok) return applied;
    return succeed(applied.value === 'terminating' ? undefined : applied.value.resourceVersion);
  }

  #claim({ target, owner, spec }: Ready): Claim {
    const peer = (uid: string): string | undefined => {
      for (const meta of this.#ports.view.list('ExternalSecret', owner.namespace))
        if (meta.uid === uid) return meta.name;
      return undefined;
    };
    return { key: target, owner, target: spec.target, peer };
  }
}

const OWNER = { creationPolicy: 'Owner' } as const;
const MERGE = { creationPolicy: 'Merge' } as const;

const isMerge = ({ spec }: Pick<Prepared, 'spec'>): boolean => spec?.target.creationPolicy === 'Merge';
