import { API_VERSION } from '../api/names.ts';
import { accessOf } from '../core/access.ts';
import { describeFaults } from '../core/conditions.ts';
import { hintsOf } from '../core/hints.ts';
import { resolveIdentity, serviceAccountOf, sessionArnOf } from '../core/identify.ts';
import { patchStatus } from '../core/patch-status.ts';
import type {
  Access,
  Ambient,
  ClusterView,
  OperatorIdentityUse,
  RawResource,
  Recorder,
  ResourceStatus,
  StoreKind,
  ValueSource,
} from '../core/ports.ts';
import { type Next, retryAfter } from '../core/schedule.ts';
import { parseStore, type Store } from '../core/store.ts';
import { type Check, type StoreStatus, summarizeStore, wasFoundWell } from '../core/summarize-store.ts';
import { fail, type Result, succeed } from '../model/result.ts';
import { isEnding } from './ending.ts';
import { kindedKeyOf } from './key.ts';
import type { Observer } from './observer.ts';
import { faultOfWrite } from './write-fault.ts';

interface Ports {
  readonly view: ClusterView;
  readonly status: ResourceStatus;
  readonly values: ValueSource;
  readonly recorder: Recorder;
  readonly ambient: Ambient;
  readonly observer: Observer;
  readonly operatorIdentity: OperatorIdentityUse;
}

const EACH_MINUTE = { refreshInterval: '1m', refreshPolicy: 'Periodic' } as const;
const HOUR_MS = 3_600_000;

/** What a check of a store finds out: who it is to AWS, where AWS told. */
type Finding = { readonly identityArn?: string };

/** Checks one store when it or its ServiceAccount changes, and about every hour, and writes its status. */
export class StoreReconciler {
  readonly #ports: Ports;
  readonly #seen = new Set<string>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Looks at the store `Kind/namespace/name`. */
  async reconcile(id: string, signal: AbortSignal): Promise<Next> {
    const { kind, key } = kindedKeyOf<StoreKind>(id);
    const raw = this.#ports.view.resource(kind, key);
    if (raw === undefined || isEnding(this.#ports.view, raw)) {
      this.#seen.delete(id);
      this.#ports.observer.forgotten('Store', id);
      return { after: 'change' };
    }
    const parsed = parseStore(raw, kind);
    const access = parsed.ok ? this.#accessOf(parsed.value) : parsed;
    const isFirstLook = !this.#seen.has(id);
    this.#seen.add(id);
    // A start over a thousand stores that were well a moment ago is no reason for a thousand calls of STS.
    // What an earlier process saw of it still stands in its status.
    const isNews = this.#hints(id, access).length > 0;
    if (isFirstLook && !isNews && access.ok && this.#wasFoundWell(raw, access.value)) {
      return { after: 'delay', ms: Math.round(HOUR_MS * this.#ports.ambient.random()) };
    }
    const found = access.ok ? await this.#check(access.value, signal) : access;
    const told = await this.#report(kind, raw, { found, hints: this.#hints(id, access) }, signal);
    const faults = [found, told].flatMap((each) => (each.ok ? [] : each.faults));
    this.#ports.observer.storeChecked(id, faults);
    if (!told.ok) return retryAfter(faults, undefined, raw.metadata.uid);
    if (!found.ok) return retryAfter(faults, EACH_MINUTE, raw.metadata.uid);
    return { after: 'delay', ms: Math.round(HOUR_MS * (0.9 + 0.1 * this.#ports.ambient.random())) };
  }

  /** Who the store is to AWS, as far as that can be said of itself. */
  #accessOf(store: Store): Result<Access | undefined> {
    // A ClusterSecretStore that names no namespace is whoever the ExternalSecret's namespace makes it: there is nobody to be checked.
    if (store.kind === 'ClusterSecretStore' && borrowsIdentity(store)) return succeed(undefined);
    const account = serviceAccountOf(store, store.namespace);
    const meta = account === undefined ? undefined : this.#ports.view.meta('ServiceAccount', account);
    const identity = resolveIdentity(store, store.namespace, meta, this.#ports.operatorIdentity);
    if (!identity.ok) return identity;
    return succeed(accessOf(store, identity.value));
  }

  #wasFoundWell(raw: RawResource, access: Access | undefined): boolean {
    return wasFoundWell(statusOf(raw), sessionArnOf(access?.identity), raw.metadata.generation);
  }

  async #check(access: Access | undefined, signal: AbortSignal): Promise<Result<Finding>> {
    return access === undefined ? succeed({}) : this.#ports.values.identify(access, signal);
  }

  #hints(id: string, access: Result<Access | undefined>): readonly string[] {
    return access.ok ? hintsOf(this.#ports.values.notes(id, access.value)) : [];
  }

  async #report(kind: StoreKind, raw: RawResource, check: Check, signal: AbortSignal): Promise<Result<undefined>> {
    const { namespace, name, uid, resourceVersion, generation } = raw.metadata;
    const { found } = check;
    const status = statusOf(raw);
    const patch = summarizeStore(status, check, generation, this.#ports.ambient.nowMs());
    if (patch === undefined) return succeed(undefined);
    const written = await this.#ports.status.replaceStatus(
      kind,
      { namespace, name },
      { uid, resourceVersion },
      patchStatus(status, patch),
      signal,
    );
    const fault = faultOfWrite(written, `${kind}/${name}`);
    if (fault !== undefined) return { ok: false, faults: [fault] };
    if (written.kind === 'written' && !found.ok) {
      const [first] = found.faults;
      const regarding = { apiVersion: API_VERSION, kind, namespace, name, uid };
      this.#ports.recorder.event(regarding, 'Warning', first.kind, describeFaults(found.faults));
    }
    // Where the cache does not have our own last write yet, no other event brings the key back.
    return written.kind === 'conflict'
      ? fail('ClusterUnavailable', `${kind}/${name}`, 'has changed while it was looked at; the operator looks again')
      : succeed(undefined);
  }
}

const statusOf = ({ status }: RawResource): StoreStatus =>
  typeof status === 'object' && status !== null ? status : {};

const borrowsIdentity = ({ spec: { auth } }: Store): boolean =>
  [
    auth.serviceAccountRef,
    auth.secretRef?.accessKeyId,
    auth.secretRef?.secretAccessKey,
    auth.secretRef?.sessionToken,
  ].some((ref) => ref !== undefined && ref.namespace === undefined);
