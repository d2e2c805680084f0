import { beforeAll, describe, expect, it } from 'vitest';
import { takeCensus } from '../../src/census.ts';
import type { FetchedValues, RequestPlan, ValueSource } from '../../src/core/ports.ts';
import { refId } from '../../src/core/ref-id.ts';
import { readyOf, type Status } from '../../src/core/summarize.ts';
import { fail } from '../../src/model/result.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts';
import { type Alert, firing, renderAlerts, samplesOf, TARGET } from '../support/alerts.ts';
import { MemoryOperator } from '../support/memory-operator.ts';
import { at, MemoryWorld } from '../support/memory-world.ts';
import { ensurePart } from '../support/parts.ts';
import type { Series } from '../support/promql.ts';
import { silentObserver } from '../support/silent-observer.ts';

const COUNT = 1_000;
const MINUTE_MS = 60_000;
// One after another; that many at once is what the operator's 32 workers make of calls of some tens of milliseconds.
const CALL_MS = 2;
const names = Array.from({ length: COUNT }, (_, index) => `s${index}`);

interface Span {
  readonly from: number;
  readonly to: number;
}

interface Scrape {
  readonly ms: number;
  readonly samples: ReturnType<typeof samplesOf>;
}

/** A thousand ExternalSecrets, read every ten minutes by an operator on a clock of its own, and a Prometheus that reads its metrics once a minute. */
class Installation {
  readonly #world = new MemoryWorld();
  readonly #startMs = this.#world.cluster.nowMs;
  readonly #operator: MemoryOperator;
  readonly #metrics: Metrics;
  readonly #away: Span;
  #scrapedMs = 0;
  readonly scrapes: Scrape[] = [];
  /** Those that once were ready, and were not after a later look at them. */
  readonly flipped = new Set<string>();

  /** AWS is away from one minute after the start to another. */
  constructor(away: Span) {
    const { cluster } = this.#world;
    this.#away = away;
    this.#operator = new MemoryOperator(cluster, this.#values());
    this.#metrics = createMetrics({
      version: '1.2.3',
      ambient: { nowMs: () => cluster.nowMs },
      queues: {},
      watches: () => [{ kind: 'Secret', synced: true, lastActivityMs: cluster.nowMs, restarts: 0 }],
      externalSecrets: () => takeCensus(cluster.view, this.#operator.refreshedMs, cluster.nowMs),
      leading: () => true,
      oldestOwedS: () => 0,
    });
  }

  /** Lets so many minutes pass. */
  async live(minutes: number): Promise<void> {
    const ready = new Set<string>();
    this.#operator.observer = {
      ...silentObserver,
      synced: (id, faults, ms) => {
        for (const { kind } of faults) this.#metrics.faulted(kind);
        this.#metrics.synced(faults.length === 0 ? 'synced' : 'failed', ms);
        if (this.#isReady(id)) ready.add(id);
        else if (ready.has(id)) this.flipped.add(id);
      },
    };
    const untilMs = this.#startMs + minutes * MINUTE_MS;
    this.#operator.pace = { callMs: CALL_MS, stepMs: CALL_MS, quietMs: MINUTE_MS, untilMs };
    this.#operator.meddle = async () => {
      this.#world.cluster.nowMs += MINUTE_MS;
      await this.#scrape();
      return true;
    };
    await this.#operator.run(() => {
      for (const name of names) {
        this.#world.aws.set(`prod/${name}`, 'one');
        this.#world.apply(name, { refreshInterval: '10m' });
      }
    });
  }

  #minute(): number {
    return (this.#world.cluster.nowMs - this.#startMs) / MINUTE_MS;
  }

  #isReady(id: string): boolean {
    const status = this.#world.cluster.view.resource('ExternalSecret', at(id.split('/')[1] ?? ''))?.status;
    return readyOf((status ?? {}) as Status)?.status === 'True';
  }

  #values(): ValueSource {
    const { aws } = this.#world;
    return {
      identify: () => aws.identify(),
      notes: () => aws.notes(),
      find: (...search) => aws.find(...search),
      fetch: (plan, signal) => this.#fetch(plan, signal),
    };
  }

  async #fetch(plan: RequestPlan, signal: AbortSignal): Promise<FetchedValues> {
    if (this.#world.cluster.nowMs - this.#scrapedMs >= MINUTE_MS) await this.#scrape();
    const isAway = this.#minute() >= this.#away.from && this.#minute() < this.#away.to;
    this.#metrics.awsRequest('GetSecretValue', plan.access.region, isAway ? 'unavailable' : 'ok', CALL_MS);
    if (!isAway) return this.#world.aws.fetch(plan, signal);
    return new Map(plan.refs.map((ref) => [refId(ref), fail('SourceUnavailable', ref.key, 'AWS cannot be reached')]));
  }

  async #scrape(): Promise<void> {
    this.#scrapedMs = this.#world.cluster.nowMs;
    this.scrapes.push({ ms: this.#scrapedMs, samples: samplesOf((await this.#metrics.render()).body) });
  }
}

/** The values of a metric, one a scrape. */
const valuesOf = (scrapes: readonly Scrape[], labels: Readonly<Record<string, string>>): readonly number[] =>
  scrapes.map(
    ({ samples }) =>
      samples.find((each) => Object.entries(labels).every(([name, value]) => each.labels[name] === value))?.value ?? 0,
  );

function seriesOf(scrapes: readonly Scrape[]): readonly Series[] {
  const found = new Map<string, { labels: Record<string, string>; points: [number, number][] }>();
  for (const { ms, samples } of scrapes) {
    for (const { labels, value } of samples) {
      const id = JSON.stringify(labels);
      const series = found.get(id) ?? { labels: { ...labels, ...TARGET }, points: [] };
      series.points.push([ms, value]);
      found.set(id, series);
    }
  }
  return [...found.values()];
}

const BLIP: Span = { from: 27, to: 32 };
let alerts: readonly Alert[];
const installation = new Installation(BLIP);
beforeAll(async () => {
  alerts = (await renderAlerts(await ensurePart('helm'))).alerts;
  await installation.live(60);
});

describe('five minutes without AWS, in the midst of a thousand refreshes', () => {
  const { scrapes } = installation;
  const faulted = (labels: object) =>
    valuesOf(scrapes, { __name__: 'keyferry_externalsecrets_faulted', reason: 'SourceUnavailable', ...labels });

  it('flip no Ready', () => {
    expect(installation.flipped).toEqual(new Set());
    const ready = valuesOf(scrapes, { __name__: 'keyferry_externalsecrets', ready: 'True' });
    const synced = ready.indexOf(COUNT);
    expect(synced).toBeGreaterThan(0);
    expect(new Set(ready.slice(synced))).toEqual(new Set([COUNT]));
  });

  it('show in Reconciling and in the metrics, and are over when they are over', () => {
    expect(Math.max(...faulted({ condition: 'Reconciling' }))).toBeGreaterThan(COUNT / 2);
    expect(faulted({ condition: 'Reconciling' }).at(-1)).toBe(0);
    const failed = valuesOf(scrapes, { __name__: 'keyferry_sync_faults_total', reason: 'SourceUnavailable' });
    const calls = valuesOf(scrapes, { __name__: 'keyferry_aws_requests_total', outcome: 'unavailable' });
    expect(Math.min(failed.at(-1) ?? 0, calls.at(-1) ?? 0)).toBeGreaterThan(COUNT / 2);
    expect(valuesOf(scrapes, { __name__: 'keyferry_externalsecrets_overdue' }).at(-1)).toBe(0);
  });

  it('fire no alert', async () => {
    expect(await firing(alerts, seriesOf(scrapes))).toEqual([]);
  });
});
