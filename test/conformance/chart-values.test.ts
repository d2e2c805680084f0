import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { CHART, helm } from '../support/chart.ts';
import { ensurePart } from '../support/parts.ts';
import { type Rendered, render } from '../support/rendered.ts';
import { inRepository } from '../support/repository.ts';

let helmPath: string;
beforeAll(async () => {
  helmPath = await ensurePart('helm');
});

const SELECTOR = { 'app.kubernetes.io/name': 'keyferry', 'app.kubernetes.io/instance': 'keyferry' };
const DIGEST = `sha256:${'a'.repeat(64)}`;

interface Case {
  readonly it: string;
  readonly values?: readonly string[];
  readonly kind: string;
  /** Undefined: there is no such object. */
  readonly want: object | undefined;
}

/** A Deployment whose pods are so. */
const pods = (spec: object, metadata: object = {}): object => ({ spec: { template: { metadata, spec } } });
const container = (more: object): object => pods({ containers: [more] });

const cases: readonly Case[] = [
  { it: 'runs two replicas', kind: 'Deployment', want: { spec: { replicas: 2 } } },
  {
    it: 'runs the image of its digest rather than that of its tag',
    values: ['image.repository=r/k', 'image.tag=v1', `image.digest=${DIGEST}`],
    kind: 'Deployment',
    want: container({ image: `r/k@${DIGEST}` }),
  },
  {
    it: 'runs the image of a tag',
    values: ['image.tag=v1'],
    kind: 'Deployment',
    want: container({ image: expect.stringMatching(/:v1$/) }),
  },
  {
    it: 'has probes, resources and a read-only root',
    kind: 'Deployment',
    want: container({
      startupProbe: { httpGet: { path: '/healthz', port: 'metrics' } },
      livenessProbe: { httpGet: { path: '/healthz', port: 'metrics' } },
      readinessProbe: { httpGet: { path: '/readyz', port: 'metrics' } },
      resources: {
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: { memory: expect.any(String) },
      },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    }),
  },
  {
    it: 'runs as a user by number, under the seccomp profile of the runtime',
    kind: 'Deployment',
    want: pods({
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    }),
  },
  {
    it: 'gives pods a priority',
    values: ['priorityClassName=high'],
    kind: 'Deployment',
    want: pods({ priorityClassName: 'high' }),
  },
  {
    it: 'spreads pods over nodes and zones where that can be',
    kind: 'Deployment',
    want: pods({
      topologySpreadConstraints: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
        topologyKey,
        maxSkew: 1,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: SELECTOR },
      })),
    }),
  },
  {
    it: 'spreads pods as it is told, and its own where nothing is said of which',
    values: ['topologySpreadConstraints[0].topologyKey=rack', 'topologySpreadConstraints[0].maxSkew=2'],
    kind: 'Deployment',
    want: pods({
      topologySpreadConstraints: [{ topologyKey: 'rack', maxSkew: 2, labelSelector: { matchLabels: SELECTOR } }],
    }),
  },
  {
    it: 'places pods as it is told',
    values: [
      'nodeSelector.disk=ssd',
      'tolerations[0].key=infra',
      'affinity.nodeAffinity.a=b',
      'imagePullSecrets[0].name=pull',
    ],
    kind: 'Deployment',
    want: pods({
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'infra' }],
      affinity: { nodeAffinity: { a: 'b' } },
      imagePullSecrets: [{ name: 'pull' }],
    }),
  },
  {
    it: 'labels and annotates pods, but for what selects them',
    values: ['podAnnotations.note=a', 'podLabels.team=b', 'podLabels.app\\.kubernetes\\.io/name=other'],
    kind: 'Deployment',
    want: pods({}, { annotations: { note: 'a' }, labels: { team: 'b', ...SELECTOR } }),
  },
  {
    it: 'gives the container its environment',
    values: ['extraEnv[0].name=AWS_DEFAULTS_MODE', 'extraEnv[0].value=standard'],
    kind: 'Deployment',
    want: container({ env: [{ name: 'AWS_DEFAULTS_MODE', value: 'standard' }] }),
  },
  {
    it: 'annotates the ServiceAccount with a role',
    values: ['serviceAccount.annotations.eks\\.amazonaws\\.com/role-arn=arn:aws:iam::123456789012:role/keyferry'],
    kind: 'ServiceAccount',
    want: { metadata: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/keyferry' } } },
  },
  {
    it: 'makes no ServiceAccount where another is named',
    values: ['serviceAccount.create=false', 'serviceAccount.name=theirs'],
    kind: 'ServiceAccount',
    want: undefined,
  },
  {
    it: 'has one pod at most evicted at a time',
    kind: 'PodDisruptionBudget',
    want: { spec: { maxUnavailable: 1, selector: { matchLabels: SELECTOR } } },
  },
  {
    it: 'makes no PodDisruptionBudget when told not to',
    values: ['podDisruptionBudget.enabled=false'],
    kind: 'PodDisruptionBudget',
    want: undefined,
  },
  {
    it: 'serves metrics where it is told to',
    values: ['metrics.port=9000', 'metrics.service.annotations.a=b'],
    kind: 'Service',
    want: {
      metadata: { annotations: { a: 'b' } },
      spec: { clusterIP: 'None', selector: SELECTOR, ports: [{ name: 'metrics', port: 9000, targetPort: 'metrics' }] },
    },
  },
  {
    it: 'makes no Service when told not to',
    values: ['metrics.service.enabled=false'],
    kind: 'Service',
    want: undefined,
  },
  { it: 'makes no ServiceMonitor unasked', kind: 'ServiceMonitor', want: undefined },
  {
    it: 'makes a ServiceMonitor that reads the port of its Service',
    values: ['metrics.serviceMonitor.enabled=true', 'metrics.serviceMonitor.labels.release=prometheus'],
    kind: 'ServiceMonitor',
    want: {
      metadata: { labels: { release: 'prometheus', ...SELECTOR } },
      spec: { selector: { matchLabels: SELECTOR }, endpoints: [{ port: 'metrics', interval: '30s' }] },
    },
  },
  { it: 'makes no PrometheusRule unasked', kind: 'PrometheusRule', want: undefined },
  { it: 'makes no dashboard unasked', kind: 'ConfigMap', want: undefined },
  { it: 'makes no NetworkPolicy unasked', kind: 'NetworkPolicy', want: undefined },
  {
    it: 'makes a NetworkPolicy that lets in reads of metrics, and out DNS and HTTPS',
    values: ['networkPolicy.enabled=true', 'networkPolicy.metricsFrom[0].podSelector.matchLabels.app=prometheus'],
    kind: 'NetworkPolicy',
    want: {
      spec: {
        podSelector: { matchLabels: SELECTOR },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ ports: [{ port: 'metrics' }], from: [{ podSelector: { matchLabels: { app: 'prometheus' } } }] }],
        egress: [
          {
            ports: [
              { port: 53, protocol: 'UDP' },
              { port: 53, protocol: 'TCP' },
            ],
          },
          { ports: [{ port: 443 }, { port: 6443 }] },
        ],
      },
    },
  },
];

describe('the chart', () => {
  for (const { it: name, values = [], kind, want } of cases) {
    it(name, async () => {
      const { objects, refusal } = await render(helmPath, values);
      expect(refusal).toBe('');
      const found = objects.find((each: Rendered) => each.kind === kind);
      if (want === undefined) expect(found).toBeUndefined();
      else expect(found).toMatchObject(want);
    });
  }

  it('takes the values that the documents set', async () => {
    const read = (file: string): string => readFileSync(inRepository(file), 'utf8');
    const pages = ['docs/install.md', 'docs/operations.md', 'charts/keyferry/README.md'].map(read).join('\n');
    const set = [...pages.matchAll(/--set (?:'([^']+)'|([^\s`']+))/g)].flatMap(
      ([, quoted, plain]) => quoted ?? plain ?? [],
    );
    expect(set.length).toBeGreaterThan(5);
    const values = set.map((value) => value.replace('sha256:DIGEST', DIGEST));
    const refusals = await Promise.all(values.map(async (value) => (await render(helmPath, [value])).refusal));
    expect(refusals.filter((refusal) => refusal !== '')).toEqual([]);
  });

  it('asks for Kubernetes 1.31', async () => {
    const versions = ['v1.30.9', 'v1.31.0', 'v1.36.3-eks-1'];
    const ended = versions.map((version) => helm(helmPath, ['template', 'keyferry', CHART, '--kube-version', version]));
    const [old, ...others] = await Promise.all(ended);
    expect(old?.stderr).toContain('kubeVersion: >=1.31.0-0');
    expect(others.map(({ code }) => code)).toEqual([0, 0]);
  });
});
