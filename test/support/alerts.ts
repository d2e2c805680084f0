import { askPrometheus, type Series } from './promql.ts';
import { render } from './rendered.ts';

/** An alert of the chart. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  /** `15m`; without it the alert fires at once. */
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The groups of rules as the chart renders them, for a release in the namespace `keyferry`. */
export async function renderAlerts(helmPath: string, values: readonly string[] = []) {
  const { objects, refusal } = await render(helmPath, ['metrics.prometheusRule.enabled=true', ...values]);
  const rule = objects.find(({ kind }) => kind === 'PrometheusRule');
  if (rule === undefined) throw new Error(`the chart has no PrometheusRule: ${refusal}`);
  const { groups } = rule.spec as { groups: readonly { rules: readonly Alert[] }[] };
  return { groups, alerts: groups.flatMap(({ rules }) => rules) };
}

const STEP_MS = 60_000;
const minutesOf = (text = '0m'): number => Number(/^(\d+)m$/.exec(text)?.[1]);

/** The alerts that fire at some time between the first and the last point of the series, as Prometheus would see it once a minute. */
export async function firing(alerts: readonly Alert[], series: readonly Series[]): Promise<readonly string[]> {
  const times = series.flatMap(({ points }) => points.map(([ms]) => ms));
  const startMs = times.reduce((a, b) => Math.min(a, b));
  const endMs = times.reduce((a, b) => Math.max(a, b));
  const ranges = alerts.map(({ expr }) => ({ expression: expr, startMs, endMs, stepMs: STEP_MS }));
  const answer = await askPrometheus({ series, ranges });
  return alerts.flatMap((alert, at) => {
    const { error, series: found } = answer.ranges[at] ?? { error: 'no answer', series: [] };
    if (error !== undefined) throw new Error(`${alert.alert}: ${error}`);
    return found.some(({ points }) => lastsFor(points, minutesOf(alert.for) * STEP_MS)) ? [alert.alert] : [];
  });
}

/** Whether there are points without a gap over that time. */
function lastsFor(points: Series['points'], ms: number): boolean {
  let sinceMs: number | undefined;
  let beforeMs = Number.NEGATIVE_INFINITY;
  return points.some(([atMs]) => {
    if (sinceMs === undefined || atMs - beforeMs > STEP_MS) sinceMs = atMs;
    beforeMs = atMs;
    return atMs - sinceMs >= ms;
  });
}

/** The samples of a scrape. */
export function samplesOf(exposition: string): { readonly labels: Record<string, string>; readonly value: number }[] {
  return exposition.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', text = '']) => [label, text]);
    return [{ labels: { __name__: name, ...Object.fromEntries(pairs) }, value: Number(value) }];
  });
}

/** What Prometheus adds to every sample of a pod. */
export const TARGET = { namespace: 'keyferry', pod: 'keyferry-1', job: 'keyferry-metrics' } as const;
