import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate, exposedSeries, exposition, unexposed } from '../support/exposed.ts';
import { ensurePart } from '../support/parts.ts';
import { askPrometheus, type Series } from '../support/promql.ts';
import { type Rendered, render } from '../support/rendered.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
}

const VALUES = ['metrics.dashboard.enabled=true', 'metrics.dashboard.annotations.grafana_folder=Platform'];

let map: Rendered | undefined;
let dashboard: Dashboard;
let series: readonly Series[];
beforeAll(async () => {
  const { objects, refusal } = await render(await ensurePart('helm'), VALUES);
  map = objects.find(({ kind }) => kind === 'ConfigMap');
  const { data } = map as unknown as { data?: Readonly<Record<string, string>> };
  dashboard = JSON.parse(data?.['keyferry.json'] ?? `"${refusal}"`);
  series = await exposedSeries();
});

/** With Grafana's variables filled in. */
const filled = (text: string): string => text.replaceAll('$namespace', 'keyferry').replaceAll('$__rate_interval', '5m');
const targets = () =>
  dashboard.panels.flatMap(({ title, targets: asked = [] }) =>
    asked.map(({ expr, legendFormat }) => ({ title, expr: filled(expr), legendFormat })),
  );
const namesIn = (legend: string): readonly string[] =>
  [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name);

describe('the dashboard of the chart', () => {
  it('is where the sidecar of Grafana looks', () => {
    expect(map?.metadata).toMatchObject({
      name: 'keyferry-dashboard',
      labels: { grafana_dashboard: '1' },
      annotations: { grafana_folder: 'Platform' },
    });
    expect(dashboard.uid).toBe('keyferry');
  });

  it('asks for nothing that the operator does not expose', async () => {
    const expressions = targets().map(({ expr }) => expr);
    expect(expressions.length).toBeGreaterThan(25);
    expect(await unexposed(expressions, series)).toEqual([]);
  });

  it('has an answer to every query, with all that its legend names', async () => {
    const asked = targets();
    const answers = await evaluate(
      asked.map(({ expr }) => expr),
      series,
    );
    const wanting = asked.filter(({ legendFormat }, at) => {
      const labels = new Set(answers[at]?.flatMap((each) => Object.keys(each.labels)));
      return answers[at]?.length === 0 || namesIn(legendFormat).some((name) => !labels.has(name));
    });
    expect(wanting).toEqual([]);
  });

  it('lets choose among the namespaces in which there is a keyferry', async () => {
    const { query = '' } = dashboard.templating.list.find(({ name }) => name === 'namespace') ?? {};
    const [, metric = ''] = /^label_values\((\w+), namespace\)$/.exec(query) ?? [];
    expect(await evaluate([metric], series)).toMatchObject([[{ labels: { namespace: 'keyferry' } }]]);
  });

  it('shows every metric of our own', () => {
    const shown = targets()
      .map(({ expr }) => expr)
      .join(' ');
    const names = new Set(series.map(({ labels }) => (labels.__name__ ?? '').replace(/_(bucket|sum|count)$/, '')));
    expect([...names].filter((name) => name.startsWith('keyferry_') && !shown.includes(name))).toEqual([]);
  });

  it('has panels that have an id each and do not lie on one another', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { h, w, x, y } }) =>
      Array.from({ length: h * w }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});

describe("the operator's metrics", () => {
  const problems = async (text: string): Promise<readonly string[]> =>
    (await askPrometheus({ exposition: text })).lint.filter((problem) => problem.startsWith('keyferry_'));

  it('are named as Prometheus asks', async () => {
    expect(await problems(await exposition())).toEqual([]);
    expect(await problems('# TYPE keyferry_bad counter\nkeyferry_bad 1\n')).not.toEqual([]);
  });
});
