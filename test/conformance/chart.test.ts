import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { CHART, helm } from '../support/chart.ts';
import { attachEnvironment } from '../support/environment.ts';
import { createNamespace, deleteNamespace } from '../support/namespace.ts';
import { type Rendered, render } from '../support/rendered.ts';
import { inRepository } from '../support/repository.ts';

const { cluster, helmPath, kubectl } = attachEnvironment();
afterAll(() => cluster.close());

const ALL = [
  'metrics.serviceMonitor.enabled=true',
  'networkPolicy.enabled=true',
  'awsRates.parameter-store=40',
  'extraArgs={--aws-rate=secrets-manager-get=9}',
  'priorityClassName=system-cluster-critical',
  'rbac.tokenServiceAccounts={reader,writer}',
  'serviceAccount.annotations.a=b',
  'events.queueUrl=https://sqs.eu-west-1.amazonaws.com/111122223333/keyferry-events',
  'events.serviceAccount=keyferry/reader',
];

const namesIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');
const kindsOf = (objects: readonly Rendered[]): string[] => [...new Set(objects.map(({ kind }) => kind ?? ''))].sort();
const one = (objects: readonly Rendered[], kind: string): Rendered => {
  const found = objects.filter((each) => each.kind === kind);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} objects of kind ${kind}`);
  return found[0];
};
const containerOf = (objects: readonly Rendered[]) => {
  const spec = one(objects, 'Deployment').spec as { template: { spec: { containers: { args: string[] }[] } } };
  return spec.template.spec.containers[0];
};

describe('the chart', () => {
  it('passes helm lint --strict', async () => {
    for (const values of [[], ALL, ['namespaces={a,b}']]) {
      const { code, stdout } = await helm(helmPath, [
        'lint',
        '--strict',
        CHART,
        ...values.flatMap((value) => ['--set', value]),
      ]);
      expect(code, stdout).toBe(0);
    }
  });

  const refusals: readonly { it: string; values: readonly string[]; names: readonly string[] }[] = [
    { it: 'a value that it does not know', values: ['replicaCount=3'], names: ['replicaCount', 'not allowed'] },
    { it: 'one inside another', values: ['image.registry=a'], names: ['image', 'registry', 'not allowed'] },
    { it: 'a value of another type', values: ['replicas=two'], names: ['replicas', 'integer'] },
    {
      it: 'environment that is no text',
      values: ['extraEnv[0].name=A', 'extraEnv[0].value=1'],
      names: ['extraEnv', 'string'],
    },
    { it: 'a rate for what is no quota group', values: ['awsRates.ssm=1'], names: ['awsRates', 'ssm'] },
    {
      it: 'admission policies together with namespaces',
      values: ['namespaces={a}', 'fence.enabled=true'],
      names: ['fence.enabled', 'namespaces', 'leave out one'],
    },
    {
      it: 'ClusterSecretStores together with namespaces',
      values: ['namespaces={a}', 'extraArgs={--allow-operator-identity}'],
      names: ['extraArgs', 'ClusterSecretStores', 'namespaces', 'leave out one'],
    },
    {
      it: 'a queue of events by its ARN',
      values: ['events.queueUrl=arn:aws:sqs:eu-west-1:111122223333:keyferry-events'],
      names: ['queueUrl'],
    },
    {
      it: 'a ServiceAccount that reads no queue',
      values: ['events.serviceAccount=keyferry/reader'],
      names: ['events.serviceAccount', 'events.queueUrl'],
    },
    {
      it: 'a ServiceAccount for the queue of which no token may be requested',
      values: [...ALL, 'events.serviceAccount=keyferry/other'],
      names: ['keyferry/other', 'rbac.tokenServiceAccounts'],
    },
    {
      it: 'no ServiceAccount at all',
      values: ['serviceAccount.create=false'],
      names: ['serviceAccount.name', 'say which'],
    },
    {
      it: 'a ServiceMonitor without a Service',
      values: ['metrics.serviceMonitor.enabled=true', 'metrics.service.enabled=false'],
      names: ['metrics.service.enabled'],
    },
  ];
  for (const { it: name, values, names } of refusals) {
    it(`refuses ${name}, and says what is wrong`, async () => {
      const { refusal } = await render(helmPath, values);
      for (const part of names) expect(refusal).toContain(part);
    });
  }

  it('keeps the CRDs at an uninstall', async () => {
    const { objects } = await render(helmPath, []);
    const crds = objects.filter(({ kind }) => kind === 'CustomResourceDefinition');
    expect(crds).toHaveLength(3);
    for (const { metadata } of crds) expect(metadata.annotations?.['helm.sh/resource-policy']).toBe('keep');
    const without = await render(helmPath, ['crds.install=false']);
    expect(kindsOf(without.objects)).not.toContain('CustomResourceDefinition');
  });

  it('grants no wildcard, and nothing twice', async () => {
    const { objects } = await render(helmPath, []);
    const rules = [...(one(objects, 'ClusterRole').rules ?? []), ...(one(objects, 'Role').rules ?? [])];
    const grants = rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((each) => verbs.map((verb) => `${verb} ${each}.${group}`))),
    );
    expect(grants.filter((grant) => grant.includes('*'))).toEqual([]);
    expect(grants.toSorted()).toEqual([...new Set(grants)].sort());
  });

  it('grants what the reference says', async () => {
    const { objects } = await render(helmPath, []);
    const rules = [...(one(objects, 'ClusterRole').rules ?? []), ...(one(objects, 'Role').rules ?? [])];
    const granted = rules.flatMap(({ resources, verbs }) =>
      resources.flatMap((each) => verbs.map((verb) => `${verb} ${each}`)),
    );
    const reference = readFileSync(inRepository('docs', 'reference.md'), 'utf8');
    const [, table = ''] = reference.split('| resource | verbs | what for |');
    const said = [
      ...table
        .split('\n\n', 1)
        .join()
        .matchAll(/^\| ([^|]+) \| ([^|]+) \|/gm),
    ].flatMap(([, resources = '', verbs = '']) =>
      namesIn(resources).flatMap((each) => namesIn(verbs).map((verb) => `${verb} ${each}`)),
    );
    // The groups stand in the same cell.
    const documented = new Set(said.filter((each) => !/ (events\.k8s\.io|argoproj\.io)$/.test(each)));
    expect([...documented].sort()).toEqual(granted.toSorted());
  });

  it('in some namespaces has nothing of the whole cluster but the CRDs', async () => {
    const { objects } = await render(helmPath, ['namespaces={a,b}']);
    expect(kindsOf(objects)).toEqual([
      'CustomResourceDefinition',
      'Deployment',
      'PodDisruptionBudget',
      'Role',
      'RoleBinding',
      'Service',
      'ServiceAccount',
    ]);
    const roles = objects.filter(({ kind }) => kind === 'Role');
    expect(roles.map(({ metadata }) => metadata.namespace)).toEqual(['keyferry', 'a', 'b']);
    expect(JSON.stringify(roles)).not.toMatch(/clustersecretstores|"namespaces"/);
    expect(containerOf(objects)?.args).toEqual(expect.arrayContaining(['--namespace=a', '--namespace=b']));
  });

  it('limits token requests to the ServiceAccounts that it is given', async () => {
    const { objects } = await render(helmPath, ALL);
    const rule = one(objects, 'ClusterRole').rules?.find(({ resources }) =>
      resources.includes('serviceaccounts/token'),
    );
    expect(rule?.resourceNames).toEqual(['reader', 'writer']);
  });

  it('passes flags on', async () => {
    const { objects } = await render(helmPath, ALL);
    expect(containerOf(objects)?.args).toEqual(
      expect.arrayContaining([
        '--leader-elect',
        '--lease-duration=15',
        '--operator-namespace=keyferry',
        '--metrics-address=:8080',
        '--aws-rate=parameter-store=40',
        '--aws-rate=secrets-manager-get=9',
        '--events-queue-url=https://sqs.eu-west-1.amazonaws.com/111122223333/keyferry-events',
        '--events-service-account=keyferry/reader',
      ]),
    );
    const plain = containerOf((await render(helmPath, [])).objects)?.args ?? [];
    expect(plain.filter((arg) => arg.startsWith('--events'))).toEqual([]);
  });
});

describe('the API server', () => {
  it('takes all of it, and the pods pass the Pod Security Standard restricted', async () => {
    const namespace = await createNamespace(cluster, 'hardened');
    const labels = Object.fromEntries(
      ['enforce', 'warn', 'audit'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
    );
    await cluster.mergePatch(`/api/v1/namespaces/${namespace}`, { metadata: { labels } });
    const values = [...ALL, 'metrics.serviceMonitor.enabled=false', 'crds.install=false'];
    const { text, objects } = await render(helmPath, values, namespace);
    // A warning of Pod Security goes to standard error, and makes kubectl fail.
    const said = await kubectl(['apply', '--dry-run=server', '--warnings-as-errors', '-f', '-'], text);
    expect(said.trim().split('\n')).toHaveLength(objects.length);
    // A Deployment is only warned about; a pod is refused.
    const { template } = one(objects, 'Deployment').spec as { template: { metadata: object; spec: object } };
    const pod = {
      metadata: { ...template.metadata, name: 'pod' },
      spec: { ...template.spec, serviceAccountName: 'default' },
    };
    const pods = `/api/v1/namespaces/${namespace}/pods?dryRun=All`;
    await expect(cluster.create(pods, pod)).resolves.toMatchObject({ metadata: { name: 'pod' } });
    const loose = { ...pod, spec: { ...pod.spec, securityContext: {} } };
    await expect(cluster.create(pods, loose)).rejects.toThrow('violates PodSecurity');
    await deleteNamespace(cluster, namespace);
  });
});
