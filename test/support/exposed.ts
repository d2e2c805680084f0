import type { AwsApi, AwsOutcome } from '../../src/aws/observer.ts';
import { priorities } from '../../src/controller/key-queue.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts';
import { samplesOf, TARGET } from './alerts.ts';
import { askPrometheus, type Series } from './promql.ts';

const OUTCOMES: Readonly<Record<AwsOutcome, true>> = {
  ok: true,
  throttled: true,
  denied: true,
  refused: true,
  unavailable: true,
  aborted: true,
};
const APIS = ['GetSecretValue', 'GetParameters', 'AssumeRoleWithWebIdentity'] satisfies AwsApi[];
const REGION = 'eu-west-1';
const SCRAPES = 30;
const EVERY_MS = 60_000;

/** Something of everything that the operator counts. */
function work(metrics: Metrics): void {
  for (const outcome of ['synced', 'failed']) metrics.synced(outcome, 40);
  metrics.faulted('AccessDenied');
  for (const priority of priorities) metrics.queueWaited('externalsecret', priority, 20);
  metrics.reconciled('externalsecret', 20);
  for (const outcome of Object.keys(OUTCOMES)) for (const api of APIS) metrics.awsRequest(api, REGION, outcome, 30);
  metrics.awsBatch('GetParameters', 10);
  metrics.awsRate('parameter-store', REGION, 10);
  for (const operation of ['create', 'replace', 'apply', 'delete']) metrics.secretWritten(operation);
  for (const outcome of ['rolled', 'restarted', 'failed', 'refused']) metrics.restarted('Deployment', outcome);
}

const open = (): Metrics =>
  createMetrics({
    version: '1.2.3',
    ambient: { nowMs: () => 100_000 },
    queues: { externalsecret: () => ({ depth: { neverSynced: 1, changed: 2, due: 3 } }) },
    watches: () => [
      { kind: 'Secret', synced: true, lastActivityMs: 97_500, restarts: 4 },
      { kind: 'Deployment', synced: false, lastActivityMs: 97_500, restarts: 0 },
    ],
    externalSecrets: () => ({
      ready: { True: 7, False: 2, Unknown: 1 },
      faulted: [{ condition: 'Reconciling', reason: 'SourceUnavailable', count: 3 }],
      overdue: 1,
      oldestSuccessS: 90,
    }),
    leading: () => true,
    oldestOwedS: () => 42,
  });

/** What Prometheus keeps of half an hour of scrapes of the operator's own registry, in which everything goes on all the time. */
export async function exposedSeries(): Promise<readonly Series[]> {
  const metrics = open();
  const found = new Map<string, { labels: Record<string, string>; points: [ms: number, value: number][] }>();
  for (let scrape = 0; scrape <= SCRAPES; scrape++) {
    work(metrics);
    for (const { labels, value } of samplesOf((await metrics.render()).body)) {
      const id = JSON.stringify(labels);
      const series = found.get(id) ?? { labels: { ...labels, ...TARGET }, points: [] };
      series.points.push([scrape * EVERY_MS, value]);
      found.set(id, series);
    }
  }
  return [...found.values()];
}

/** The text of a scrape, as Prometheus's linter reads it. */
export async function exposition(): Promise<string> {
  const metrics = open();
  work(metrics);
  return (await metrics.render()).body;
}

/** What each expression makes of the series at the last scrape. */
export async function evaluate(
  expressions: readonly string[],
  series: readonly Series[],
): Promise<readonly (readonly Series[])[]> {
  const lastMs = SCRAPES * EVERY_MS;
  const ranges = expressions.map((expression) => ({ expression, startMs: lastMs, endMs: lastMs, stepMs: EVERY_MS }));
  const { ranges: found } = await askPrometheus({ series, ranges });
  return found.map(({ error, series: results }, at) => {
    if (error !== undefined) throw new Error(`${expressions[at]}: ${error}`);
    return results;
  });
}

const labelsOf = (series: readonly Series[] = []): ReadonlySet<string> =>
  new Set(series.flatMap(({ labels }) => Object.keys(labels)));

/** What of the expressions asks for something that the operator does not expose: a metric, a label, or the value of a label. */
export async function unexposed(expressions: readonly string[], series: readonly Series[]): Promise<readonly string[]> {
  const parsed = (await askPrometheus({ expressions })).expressions;
  const texts = parsed.flatMap(({ selectors }) => selectors.map(({ text }) => text));
  const answers = await evaluate(texts, series);
  const found = new Map(texts.map((text, at) => [text, answers[at] ?? []]));
  return parsed.flatMap(({ error, selectors, labels }, at) => {
    if (error !== undefined) return `${expressions[at]}: ${error}`;
    const selected = selectors.flatMap(({ text }) => found.get(text) ?? []);
    const strange = [
      ...selectors.flatMap(({ text, labels: matched }) => {
        const results = found.get(text) ?? [];
        return results.length === 0 ? [text] : matched.filter((name) => !labelsOf(results).has(name));
      }),
      ...labels.filter((name) => !labelsOf(selected).has(name)),
    ];
    return strange.map((what) => `${expressions[at]}: there is no ${what}`);
  });
}
