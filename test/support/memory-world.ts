import type { Status } from '../../src/core/summarize.ts';
import { ROLE_ARN, specOf } from './builders.ts';
import { dataOf } from './live-secret.ts';
import { MemoryCluster } from './memory-cluster.ts';
import type { MemoryDeployment } from './memory-deployment.ts';
import { MemoryOperator } from './memory-operator.ts';
import { MemoryValues } from './memory-values.ts';

export const at = (name: string) => ({ namespace: 'shop', name });
const RESTART_ON = 'keyferry.dev/restart-on';
const WITH_STATUS = ['db', 'tls'];
const isChangedAt = (name: string): boolean => name.startsWith('keyferry.dev/changed-at');

/** A cluster with a store, an operator, and a Deployment that asks to be restarted for `db`, `tls`, `moved` and `shared`. */
export class MemoryWorld {
  readonly cluster = new MemoryCluster();
  readonly aws = new MemoryValues({ 'prod/db': 'one', 'prod/tls': 'one' });
  readonly operator = new MemoryOperator(this.cluster, this.aws);
  readonly deployment: MemoryDeployment;

  constructor() {
    const { cluster } = this;
    cluster.put('Namespace', cluster.stamp({ namespace: '', name: 'shop' }));
    const role = { annotations: { 'eks.amazonaws.com/role-arn': ROLE_ARN } };
    cluster.put('ServiceAccount', cluster.stamp(at('reader'), role));
    const auth = { serviceAccountRef: { name: 'reader' } };
    cluster.apply('SecretStore', at('aws'), { region: 'eu-west-1', auth });
    // Its pods are older than the Secrets.
    this.deployment = cluster.createDeployment(at('web'), { containers: [] }, { [RESTART_ON]: 'db,tls,moved,shared' });
    cluster.nowMs += 2_000;
  }

  apply(name: string, more: object = {}, wish?: string): void {
    const data = [{ secretKey: 'password', remoteRef: { key: `prod/${name}` } }];
    const annotations: Record<string, string> = wish === undefined ? {} : { 'keyferry.dev/force-sync': wish };
    this.cluster.apply('ExternalSecret', at(name), specOf({ data, ...more }), annotations);
  }

  /** Makes the Secret `shared` with a key of its author's, and lets ExternalSecrets in. */
  share(accept: string): void {
    this.cluster.createSecret(at('shared'), dataOf({ theirs: 'x' }), { 'keyferry.dev/accept': accept });
  }

  /** One that merges the key of its own name into the Secret. */
  merge(name: string, into: string, { secretKey = name, target = {}, spec = {} } = {}, wish?: string): void {
    const data = [{ secretKey, remoteRef: { key: `prod/${name}` } }];
    this.apply(name, { data, target: { name: into, creationPolicy: 'Merge', ...target }, ...spec }, wish);
  }

  /** The ExternalSecrets of which nobody knows any more what their Secrets were made from. */
  forgotten(): readonly string[] {
    return WITH_STATUS.filter((name) => this.#status(name).sources?.length === 0);
  }

  #status(name: string): Status {
    return (this.cluster.resource('ExternalSecret', at(name))?.status ?? {}) as Status;
  }

  /** All that people care about, without what differs from one run to the next, resourceVersions and times, and without some sources. */
  image(forgotten: readonly string[] = []): object {
    const secrets = this.cluster.secretNames().map((id) => {
      const secret = this.cluster.secret(at(id.split('/')[1] ?? ''));
      const { labels = {}, annotations = {}, ownerReferences = [] } = secret?.metadata ?? {};
      const changedAt = Object.keys(annotations).filter(isChangedAt);
      const others = Object.entries(annotations).filter(([name]) => !isChangedAt(name));
      const texts = [...(secret?.data ?? [])].map(([key, value]) => [key, new TextDecoder().decode(value.reveal())]);
      const data = texts.toSorted();
      return { id, data, labels, others, ownerReferences, changedAt };
    });
    const statuses = WITH_STATUS.map((name) => {
      const { observedGeneration, binding, lastForceSync, goneSince, targetRevision, reading, ...status } =
        this.#status(name);
      const { conditions = [], restarts = [] } = status;
      const sources = forgotten.includes(name) ? [] : status.sources;
      const states = restarts.map(({ kind, name: workload, state }) => `${kind}/${workload} ${state}`);
      const findings = conditions.map(({ type, status: value, reason, message }) => ({ type, value, reason, message }));
      const isGone = goneSince !== undefined;
      const rest = { isGone, targetRevision, reading, findings, states };
      return { observedGeneration, binding, lastForceSync, sources, ...rest };
    });
    const seen = JSON.parse(this.deployment.metadata.annotations['keyferry.dev/seen-revisions'] ?? '{}');
    const revisions = Object.entries<string>(seen).map(([name, entry]) => [name, entry.split('@')[0]]);
    return { secrets, statuses, revisions, templateChanges: this.deployment.templateChanges };
  }

  /** When the data last changed that the Deployment's pods were to see. */
  lastChangeMs(): number {
    const times = this.cluster.secretNames().map((id) => {
      const annotations = this.cluster.secret(at(id.split('/')[1] ?? ''))?.metadata.annotations ?? {};
      return Object.entries(annotations).map(([name, text]) => (isChangedAt(name) ? Date.parse(text) : 0));
    });
    return Math.max(0, ...times.flat());
  }
}
