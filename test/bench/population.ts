import type { KubeObject } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { withProgress } from '../support/parts/progress.ts';
import { createServiceAccount, subjectOf } from '../support/service-account.ts';
import type { ExternalSecretObject } from '../support/stage.ts';
import { API } from './api.ts';
import { atOnce } from './at-once.ts';
import type { Service } from './aws-orders.ts';
import { isReady, StatusWatch } from './watch.ts';
import type { World } from './world.ts';

export interface PopulationOptions {
  readonly namespace: string;
  readonly count: number;
  readonly service?: Service;
  readonly refreshInterval?: string;
  /** All of them read one secret. */
  readonly shared?: boolean;
  /** None of the secrets is there. */
  readonly missing?: boolean;
}

export const WIDTH = 32;
/** As the CRD has it. */
export const DEFAULT_INTERVAL = '1h';

/** A namespace with a store and so many ExternalSecrets, each with a secret or parameter of its own in AWS. */
export class Population {
  readonly namespace: string;
  readonly count: number;
  readonly watch: StatusWatch;
  readonly #world: World;
  readonly #options: PopulationOptions;
  #round = 1;
  #nudges = 0;
  #interval: string;

  private constructor(world: World, options: PopulationOptions, watch: StatusWatch) {
    this.#world = world;
    this.#options = options;
    this.namespace = options.namespace;
    this.count = options.count;
    this.watch = watch;
    this.#interval = options.refreshInterval ?? DEFAULT_INTERVAL;
  }

  static async create(world: World, options: PopulationOptions): Promise<Population> {
    const { namespace, count } = options;
    const { cluster, aws } = world;
    await cluster.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const roleArn = `arn:aws:iam::${aws.account}:role/${namespace}`;
    await aws.tell({ order: 'trust', roleArn, subject: subjectOf(namespace, 'reader') });
    await createServiceAccount(cluster, namespace, 'reader', roleArn);
    await createStore(world, namespace);
    const population = new Population(world, options, await StatusWatch.open(world.observer, namespace));
    if (options.missing !== true) await population.#seed();
    await withProgress(`creating ${count.toLocaleString('en')} ExternalSecrets in ${namespace}`, () =>
      atOnce(WIDTH, count, (at) => population.add(`db-${at}`, at)),
    );
    return population;
  }

  /** Creates an ExternalSecret for the secret of that number. */
  async add(name: string, at: number): Promise<void> {
    const { namespace, service = 'SecretsManager', shared } = this.#options;
    const refreshInterval = this.#interval;
    const remoteRef = { key: `${this.#prefix}${shared === true ? 0 : at}`, service };
    await this.#world.cluster.create(`${API}/namespaces/${namespace}/externalsecrets`, {
      apiVersion: 'keyferry.dev/v1alpha1',
      kind: 'ExternalSecret',
      metadata: { name },
      spec: { secretStoreRef: { name: 'aws' }, refreshInterval, data: [{ secretKey: 'value', remoteRef }] },
    });
  }

  get #prefix(): string {
    return `/${this.namespace}/db-`;
  }

  async #seed(): Promise<void> {
    const { service = 'SecretsManager', shared } = this.#options;
    const count = shared === true ? 1 : this.count + 2_000;
    await this.#world.aws.tell({ order: 'seed', service, prefix: this.#prefix, count, round: this.#round });
  }

  /** Gives the secret of that number another value. Answers with its name. */
  async rotateOne(at: number): Promise<string> {
    const { service = 'SecretsManager' } = this.#options;
    const order = { order: 'seed', service, prefix: this.#prefix, from: at, count: 1, round: this.#round + 1 } as const;
    await this.#world.aws.tell(order);
    return `${this.#prefix}${at}`;
  }

  /** Gives every secret another value. */
  async rotate(): Promise<void> {
    this.#round++;
    await this.#seed();
  }

  /** The generation of the store that statuses are to name after the next nudge. */
  async nextNudge(): Promise<number> {
    const { metadata } = await this.#world.cluster.get(this.#storePath);
    return (metadata.generation ?? 0) + 1;
  }

  /** Has every ExternalSecret looked at, by one write to the store. */
  async nudge(): Promise<void> {
    // As good as no limit, and another one each time.
    this.#nudges++;
    await this.#world.cluster.mergePatch(this.#storePath, {
      spec: { limits: { requestsPerSecond: 9_000 + this.#nudges } },
    });
  }

  get #storePath(): string {
    return `${API}/namespaces/${this.namespace}/secretstores/aws`;
  }

  /** Has all of them refreshed so often from now on; returns when the operator has taken that in. */
  async setInterval(refreshInterval: string, gone: Promise<never>): Promise<void> {
    if (this.#interval === refreshInterval) return;
    this.#interval = refreshInterval;
    const isTakenIn = (object: ExternalSecretObject): boolean =>
      (object.spec as { refreshInterval?: string }).refreshInterval === refreshInterval && isReady(object);
    const timeoutMs = 60_000 + 60 * this.count;
    const seen = this.watch.until(this.count, isTakenIn, { timeoutMs, gone });
    await Promise.all([seen, this.#patchAll(`an interval of ${refreshInterval} for`, { spec: { refreshInterval } })]);
  }

  /** Makes all of them say that they were refreshed a day ago, as if nobody had looked at them since. */
  async age(): Promise<void> {
    const [refreshTime, nextRefreshTime] = [DAY_MS, DAY_MS - HOUR_MS].map((ageMs) => rfc3339(Date.now() - ageMs));
    await this.#patchAll('ageing', { status: { refreshTime, nextRefreshTime } }, '/status');
  }

  async #patchAll(what: string, patch: object, subresource = ''): Promise<void> {
    const path = `${API}/namespaces/${this.namespace}/externalsecrets`;
    await withProgress(`${what} ${this.count.toLocaleString('en')} ExternalSecrets`, () =>
      atOnce(WIDTH, this.count, (at) => this.#world.cluster.mergePatch(`${path}/db-${at}${subresource}`, patch)),
    );
  }

  /** Takes it away, with its Secrets. */
  async remove(): Promise<void> {
    const { cluster } = this.#world;
    const namespace = `/api/v1/namespaces/${this.namespace}`;
    const resources = `${API}/namespaces/${this.namespace}/externalsecrets`;
    for (const path of [`${namespace}/secrets`, resources, namespace]) await cluster.delete(path);
  }

  /** Holds that every Secret is there, with a value of this round: a figure for work that was not done would be worth nothing. */
  async check(): Promise<void> {
    const secrets = await this.#world.cluster.list<SecretData>(`/api/v1/namespaces/${this.namespace}/secrets`);
    const values = secrets.flatMap(({ data }) =>
      data?.value === undefined ? [] : [Buffer.from(data.value, 'base64').toString()],
    );
    const right = values.filter((value) => value.includes(` of round ${this.#round}.`));
    if (right.length < this.count)
      throw new Error(`only ${right.length} of ${this.count} Secrets hold the values that they should`);
  }
}

const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];
const rfc3339 = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

interface SecretData extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

async function createStore({ cluster, aws }: World, namespace: string): Promise<void> {
  // An admission policy or a kind that has just been made may not be known everywhere yet.
  await eventually('the store to be taken', async () => {
    await cluster.create(`${API}/namespaces/${namespace}/secretstores`, {
      apiVersion: 'keyferry.dev/v1alpha1',
      kind: 'SecretStore',
      metadata: { name: 'aws' },
      spec: { region: aws.region, auth: { serviceAccountRef: { name: 'reader' } } },
    });
    return true;
  });
}
