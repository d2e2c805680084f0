import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { faults } from '../../../src/model/fault.ts';
import { boundLabel } from '../../../src/telemetry/bound-label.ts';
import { createMetrics, type MetricsOptions } from '../../../src/telemetry/metrics.ts';
import { inRepository } from '../../support/repository.ts';

const census = {
  ready: { True: 7, False: 2, Unknown: 0 },
  faulted: [{ condition: 'Reconciling', reason: 'SourceUnavailable', count: 3 }],
  overdue: 1,
  oldestSuccessS: 90,
};

function make(options: Partial<MetricsOptions> = {}) {
  return createMetrics({
    version: '1.2.3',
    ambient: { nowMs: () => 100_000 },
    queues: { sync: () => ({ depth: { neverSynced: 1, changed: 2, due: 3 } }) },
    watches: () => [
      { kind: 'Secret', synced: true, lastActivityMs: 97_500, restarts: 4 },
      { kind: 'DaemonSet', synced: false, lastActivityMs: undefined, restarts: 0 },
    ],
    externalSecrets: () => census,
    leading: () => true,
    oldestOwedS: () => 42,
    eventOutcomes: ['read', 'notJSON'],
    ...options,
  });
}

type Made = ReturnType<typeof createMetrics>;

/** `name label,label` of each metric; of a histogram its base. */
function shapes(lines: readonly string[]): readonly string[] {
  const found = lines.map((line) => {
    const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
    const names = [...labels.matchAll(/(\w+)="/g)].flatMap(([, label = '']) => (label === 'le' ? [] : [label]));
    return `${name.replace(/_(bucket|sum|count)$/, '')} ${names.toSorted().join()}`;
  });
  return [...new Set(found)].toSorted();
}

/** The same, of the rows of the table in the reference. */
const documented = (reference: string): readonly string[] =>
  [...reference.matchAll(/^\| `(keyferry_\w+)` \| ([^|]*)\|/gm)]
    .map(
      ([, name, labels = '']) =>
        `${name} ${[...labels.matchAll(/`(\w+)`/g)]
          .map(([, label]) => label)
          .toSorted()
          .join()}`,
    )
    .toSorted();

/** The samples of our own metrics, without comments. */
async function samples(metrics: Made): Promise<readonly string[]> {
  const { body } = await metrics.render();
  return body.split('\n').filter((line) => line.startsWith('keyferry_'));
}

describe('createMetrics', () => {
  const counted: readonly { it: string; act: (metrics: Made) => void; want: readonly string[] }[] = [
    {
      it: 'a sync',
      act: (metrics) => metrics.synced('written', 40),
      want: ['keyferry_sync_total{outcome="written"} 1', 'keyferry_sync_duration_seconds_bucket{le="0.05"} 1'],
    },
    {
      it: 'a fault',
      act: (metrics) => metrics.faulted('AccessDenied'),
      want: ['keyferry_sync_faults_total{reason="AccessDenied"} 1'],
    },
    {
      it: 'a wait for a worker',
      act: (metrics) => metrics.queueWaited('sync', 'due', 2_000),
      want: ['keyferry_queue_wait_seconds_sum{queue="sync",priority="due"} 2'],
    },
    {
      it: 'the work on a key',
      act: (metrics) => metrics.reconciled('sync', 2_000),
      want: [
        'keyferry_reconcile_duration_seconds_sum{queue="sync"} 2',
        'keyferry_reconcile_duration_seconds_count{queue="sync"} 1',
      ],
    },
    {
      it: 'a request to AWS',
      act: (metrics) => metrics.awsRequest('GetParameters', 'eu-west-1', 'ok', 30),
      want: [
        'keyferry_aws_requests_total{api="GetParameters",region="eu-west-1",outcome="ok"} 1',
        'keyferry_aws_request_duration_seconds_sum{api="GetParameters"} 0.03',
      ],
    },
    {
      it: 'a batch',
      act: (metrics) => metrics.awsBatch('GetParameters', 10),
      want: ['keyferry_aws_batch_size_bucket{le="10",api="GetParameters"} 1'],
    },
    {
      it: 'a rate',
      act: (metrics) => metrics.awsRate('parameter-store', 'eu-west-1', 12.5),
      want: ['keyferry_aws_rate_calls_per_second{group="parameter-store",region="eu-west-1"} 12.5'],
    },
    {
      it: 'a write',
      act: (metrics) => metrics.secretWritten('create'),
      want: ['keyferry_secret_writes_total{operation="create"} 1'],
    },
    {
      it: 'a restart',
      act: (metrics) => metrics.restarted('Deployment', 'restarted'),
      want: ['keyferry_restarts_total{kind="Deployment",outcome="restarted"} 1'],
    },
    {
      it: 'an event, and shows the outcomes that none had',
      act: (metrics) => metrics.eventEnded('notJSON'),
      want: ['keyferry_events_total{outcome="read"} 0', 'keyferry_events_total{outcome="notJSON"} 1'],
    },
    {
      it: 'how late an event was',
      act: (metrics) => metrics.eventLagged(1_500),
      want: ['keyferry_event_lag_seconds_bucket{le="2"} 1', 'keyferry_event_lag_seconds_sum 1.5'],
    },
    {
      it: 'a queue of events that can be read',
      act: (metrics) => metrics.eventsQueueReady(true),
      want: ['keyferry_events_queue_ready 1'],
    },
  ];
  for (const { it: name, act, want } of counted) {
    it(`counts ${name}`, async () => {
      const metrics = make();
      act(metrics);
      expect(await samples(metrics)).toEqual(expect.arrayContaining([...want]));
    });
  }

  it('reads its gauges at each scrape', async () => {
    expect(await samples(make())).toEqual(
      expect.arrayContaining([
        'keyferry_build_info{version="1.2.3"} 1',
        'keyferry_leader 1',
        'keyferry_queue_depth{queue="sync",priority="due"} 3',
        'keyferry_watch_synced{kind="Secret"} 1',
        'keyferry_watch_synced{kind="DaemonSet"} 0',
        'keyferry_watch_last_activity_seconds{kind="Secret"} 2.5',
        'keyferry_watch_restarts_total{kind="Secret"} 4',
        'keyferry_externalsecrets{ready="False"} 2',
        'keyferry_externalsecrets_faulted{condition="Reconciling",reason="SourceUnavailable"} 3',
        'keyferry_externalsecrets_overdue 1',
        'keyferry_externalsecrets_oldest_success_seconds 90',
        'keyferry_restart_oldest_owed_seconds 42',
      ]),
    );
  });

  it('reports nothing of a watch that has gone', async () => {
    let watches = [{ kind: 'Secret', synced: true, lastActivityMs: 0, restarts: 0 }];
    const metrics = make({ watches: () => watches });
    await metrics.render();
    watches = [];
    expect((await samples(metrics)).filter((line) => line.startsWith('keyferry_watch'))).toEqual([]);
  });

  it('says nothing of the age of values where nobody knows it', async () => {
    const { ready, faulted } = census;
    const shown = await samples(make({ externalSecrets: () => ({ ready, faulted }) }));
    expect(shown.filter((line) => /overdue|oldest_success/.test(line))).toEqual([]);
  });

  it('says nothing of events where none are read', async () => {
    const metrics = make({ eventOutcomes: undefined });
    metrics.eventEnded('read');
    expect((await samples(metrics)).filter((line) => line.includes('event'))).toEqual([]);
  });

  it('says nothing of the queue of events before it was asked', async () => {
    const shown = await samples(make());
    expect(shown.filter((line) => line.startsWith('keyferry_events_queue_ready'))).toEqual([]);
  });

  it('is documented with all its names and labels, and nothing else is', async () => {
    const metrics = make();
    for (const { act } of counted) act(metrics);
    expect(documented(readFileSync(inRepository('docs', 'reference.md'), 'utf8'))).toEqual(
      shapes(await samples(metrics)),
    );
  });

  it('shows every fault from zero', async () => {
    const shown = (await samples(make())).filter((line) => line.startsWith('keyferry_sync_faults_total'));
    expect(shown).toEqual(Object.keys(faults).map((reason) => `keyferry_sync_faults_total{reason="${reason}"} 0`));
  });

  it('keeps its series bounded whatever Regions tenants write down', async () => {
    const metrics = make();
    for (let at = 0; at < 500; at += 1) metrics.awsRequest('GetParameters', `xx-nowhere-${at}`, 'unavailable', 1);
    const series = (await samples(metrics)).filter((line) => line.startsWith('keyferry_aws_requests_total'));
    expect(series.length).toBe(65);
    expect(series).toContain(
      'keyferry_aws_requests_total{api="GetParameters",region="other",outcome="unavailable"} 436',
    );
  });

  it('has the process defaults, and can be made twice in one process', async () => {
    const [first, second] = [make(), make()];
    first.synced('written', 1);
    expect((await first.render()).body).toContain('process_resident_memory_bytes');
    expect(await samples(second)).not.toContain('keyferry_sync_total{outcome="written"} 1');
    expect((await first.render()).contentType).toMatch(/^text\/plain; version=0\.0\.4/);
  });

  it('rejects the scrape when a callback throws', async () => {
    const metrics = make({
      watches: () => {
        throw new TypeError('a bug');
      },
    });
    await expect(metrics.render()).rejects.toThrow('a bug');
  });
});

describe('boundLabel', () => {
  it('lets the values through that it knows, and counts later ones together', () => {
    const bound = boundLabel();
    for (let at = 0; at < 64; at += 1) expect(bound(`v${at}`)).toBe(`v${at}`);
    expect(bound('one more')).toBe('other');
    expect(bound('v0')).toBe('v0');
  });
});
