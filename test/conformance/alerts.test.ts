import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type Alert, firing, renderAlerts, TARGET } from '../support/alerts.ts';
import { exposedSeries, unexposed } from '../support/exposed.ts';
import { ensurePart } from '../support/parts.ts';
import { askPrometheus, type Series } from '../support/promql.ts';
import { inRepository } from '../support/repository.ts';

let helmPath: string;
let alerts: readonly Alert[];
beforeAll(async () => {
  helmPath = await ensurePart('helm');
  alerts = (await renderAlerts(helmPath)).alerts;
});

const MINUTES = 120;
const series = (name: string, labels: Record<string, string>, at: (minute: number) => number): Series => ({
  labels: { __name__: name, ...TARGET, ...labels },
  points: Array.from({ length: MINUTES + 1 }, (_, minute) => [minute * 60_000, at(minute)] as const),
});
const gauge = (name: string, value: number, labels: Record<string, string> = {}): Series =>
  series(name, labels, () => value);
/** A gauge that is `value` for so many minutes, in the middle of a good time. */
const blip = (name: string, value: number, minutes: number, labels: Record<string, string> = {}, good = 0): Series =>
  series(name, labels, (minute) => (minute >= 30 && minute < 30 + minutes ? value : good));
/** A counter that goes up every minute, from the 30th on for so many minutes. */
const rising = (name: string, labels: Record<string, string>, minutes = MINUTES, byMinute = 60): Series =>
  series(name, labels, (minute) => Math.max(0, Math.min(minute - 30, minutes)) * byMinute);

const requests = (outcome: string) => ({ api: 'GetSecretValue', region: 'eu-west-1', outcome });
const REQUESTS = 'keyferry_aws_requests_total';
const waits = (le: string, byMinute: number, priority = 'changed'): Series =>
  rising('keyferry_queue_wait_seconds_bucket', { queue: 'externalsecret', priority, le }, MINUTES, byMinute);

/** Of an operator with which all is well. */
const well: readonly Series[] = [
  gauge('keyferry_leader', 1),
  gauge('keyferry_leader', 0, { pod: 'keyferry-2' }),
  gauge('keyferry_externalsecrets', 1_000, { ready: 'True' }),
  gauge('keyferry_externalsecrets', 0, { ready: 'False' }),
  gauge('keyferry_externalsecrets_overdue', 0),
  gauge('keyferry_watch_synced', 1, { kind: 'Secret' }),
  gauge('keyferry_watch_last_activity_seconds', 100, { kind: 'Secret' }),
  gauge('keyferry_restart_oldest_owed_seconds', 0),
  gauge('keyferry_sync_faults_total', 0, { reason: 'Internal' }),
  gauge('keyferry_restarts_total', 0, { kind: 'Deployment', outcome: 'failed' }),
  rising(REQUESTS, requests('ok')),
  waits('60', 60),
  waits('300', 60),
  waits('+Inf', 60),
];
/** The good operator, with these series in place of its own. */
const butFor = (...others: readonly Series[]): readonly Series[] => {
  const idOf = ({ labels }: Series): string => JSON.stringify(Object.entries(labels).toSorted());
  const replaced = new Set(others.map(idOf));
  return [...well.filter((each) => !replaced.has(idOf(each))), ...others];
};

describe('the alerts of the chart', () => {
  it('are rules as Prometheus reads them', async () => {
    const { groups } = await renderAlerts(helmPath, ['metrics.prometheusRule.alertLabels.team=platform']);
    expect((await askPrometheus({ rules: stringify({ groups }) })).rules).toEqual([]);
    expect(groups[0]?.rules[0]?.labels).toEqual({ severity: 'critical', team: 'platform' });
    expect((await askPrometheus({ rules: 'groups: [{name: a, rules: [{alert: A, expr: "a >"}]}]' })).rules).not.toEqual(
      [],
    );
  });

  it('ask for nothing that the operator does not expose', async () => {
    const series = await exposedSeries();
    expect(
      await unexposed(
        alerts.map(({ expr }) => expr),
        series,
      ),
    ).toEqual([]);
    const strange = ['keyferry_leaders', 'keyferry_leader{ready!="Yes"}', 'sum by (when) (keyferry_leader)'];
    expect(await unexposed(strange, series)).toHaveLength(strange.length);
  });

  it('each lead to a section of the runbook, and every section has an alert', () => {
    const [, sections = ''] = readFileSync(inRepository('docs', 'troubleshooting.md'), 'utf8').split('\n## Alerts\n');
    const headings = [...sections.matchAll(/^### (\w+)$/gm)].map(([, heading = '']) => heading);
    expect(headings).toEqual(alerts.map(({ alert }) => alert));
    for (const { alert, annotations, labels } of alerts) {
      expect(annotations.runbook_url).toMatch(new RegExp(`/docs/troubleshooting\\.md#${alert.toLowerCase()}$`));
      expect(annotations).toMatchObject({ summary: expect.any(String), description: expect.any(String) });
      expect(labels.severity).toMatch(/^(critical|warning)$/);
    }
  });

  it('are all in the table of operations', () => {
    const page = readFileSync(inRepository('docs', 'operations.md'), 'utf8');
    const rows = [...page.matchAll(/^\| \[`(\w+)`\]\(troubleshooting\.md#(\w+)\) \| (\w+) \| ([^|]+) \|/gm)];
    expect(rows.map(([, alert, anchor, severity, wait]) => [alert, anchor, severity, wait])).toEqual(
      alerts.map(({ alert, labels, for: wait }) => [alert, alert.toLowerCase(), labels.severity, wait ?? 'none']),
    );
  });

  const scenarios: readonly { it: string; seen: () => readonly Series[]; fire: readonly string[] }[] = [
    { it: 'none while all is well', seen: () => well, fire: [] },
    { it: 'when nobody leads', seen: () => butFor(gauge('keyferry_leader', 0)), fire: ['KeyferryNobodyWorks'] },
    { it: 'when nothing is read of keyferry at all', seen: () => [gauge('up', 1)], fire: ['KeyferryNobodyWorks'] },
    { it: 'none while one hands over to another', seen: () => butFor(blip('keyferry_leader', 0, 2, {}, 1)), fire: [] },
    {
      it: 'when ExternalSecrets stay unready',
      seen: () => butFor(gauge('keyferry_externalsecrets', 2, { ready: 'False' })),
      fire: ['KeyferryExternalSecretsNotReady'],
    },
    {
      it: 'none for one that was unready for ten minutes',
      seen: () => butFor(blip('keyferry_externalsecrets', 1, 10, { ready: 'False' })),
      fire: [],
    },
    {
      it: 'when some are not read',
      seen: () => butFor(gauge('keyferry_externalsecrets_overdue', 3)),
      fire: ['KeyferryExternalSecretsOverdue'],
    },
    {
      it: 'when AWS is away for an hour',
      seen: () => butFor(gauge(REQUESTS, 60, requests('ok')), rising(REQUESTS, requests('unavailable'), 60)),
      fire: ['KeyferryAwsUnavailable'],
    },
    {
      it: 'none when AWS is away for five minutes',
      seen: () =>
        butFor(
          blip('keyferry_externalsecrets_overdue', 1_000, 6),
          series(REQUESTS, requests('ok'), (minute) => 60 * (minute < 30 ? minute : Math.max(30, minute - 5))),
          rising(REQUESTS, requests('unavailable'), 5),
        ),
      fire: [],
    },
    {
      it: 'when AWS throttles for long',
      seen: () => butFor(rising(REQUESTS, requests('throttled'), MINUTES, 20)),
      fire: ['KeyferryAwsThrottled'],
    },
    { it: 'when changes wait', seen: () => butFor(waits('60', 30)), fire: ['KeyferryQueueSlow'] },
    {
      it: 'none when refreshes wait',
      seen: () => butFor(waits('60', 1, 'due'), waits('300', 60, 'due'), waits('+Inf', 60, 'due')),
      fire: [],
    },
    {
      it: 'when a watch is silent',
      seen: () => butFor(gauge('keyferry_watch_last_activity_seconds', 900, { kind: 'Secret' })),
      fire: ['KeyferryWatchStill'],
    },
    {
      it: 'when a kind cannot be listed',
      seen: () => butFor(gauge('keyferry_watch_synced', 0, { kind: 'Secret' })),
      fire: ['KeyferryWatchStill'],
    },
    {
      it: 'when a restart is owed for long',
      seen: () => butFor(gauge('keyferry_restart_oldest_owed_seconds', 4_000)),
      fire: ['KeyferryRestartOwed'],
    },
    {
      it: 'when a restart fails',
      seen: () => butFor(rising('keyferry_restarts_total', { kind: 'Deployment', outcome: 'failed' }, 1, 1)),
      fire: ['KeyferryRestartFailed'],
    },
    {
      it: 'at an error of our own',
      seen: () => butFor(rising('keyferry_sync_faults_total', { reason: 'Internal' }, 1, 1)),
      fire: ['KeyferryInternalError'],
    },
  ];
  for (const { it: name, seen, fire } of scenarios) {
    it(`fire ${name}`, async () => expect(await firing(alerts, seen())).toEqual(fire));
  }

  it('are each shown to fire', () => {
    expect([...new Set(scenarios.flatMap(({ fire }) => fire))].toSorted()).toEqual(
      alerts.map(({ alert }) => alert).toSorted(),
    );
  });

  it('are those of one installation', async () => {
    const elsewhere = well.map(({ labels, points }) => ({ labels: { ...labels, namespace: 'elsewhere' }, points }));
    expect(await firing(alerts, elsewhere)).toEqual(['KeyferryNobodyWorks']);
  });
});
