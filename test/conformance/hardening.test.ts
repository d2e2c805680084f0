import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attachEnvironment } from '../support/environment.ts';
import { writeSchemas } from '../support/manifest-schemas.ts';
import { ensurePart } from '../support/parts.ts';
import { runCommand, runDirectory } from '../support/processes.ts';
import { render } from '../support/rendered.ts';
import { inRepository } from '../support/repository.ts';

const { cluster, helmPath } = attachEnvironment();
afterAll(() => cluster.close());

const MODES: Readonly<Record<string, readonly string[]>> = {
  'as it comes': [],
  'with all that is optional': [
    'networkPolicy.enabled=true',
    'metrics.serviceMonitor.enabled=true',
    'metrics.prometheusRule.enabled=true',
    'metrics.dashboard.enabled=true',
    'priorityClassName=system-cluster-critical',
    'rbac.tokenServiceAccounts={reader}',
    'topologySpreadConstraints[0].topologyKey=zone',
    'topologySpreadConstraints[0].maxSkew=1',
    'topologySpreadConstraints[0].whenUnsatisfiable=DoNotSchedule',
    'imagePullSecrets[0].name=pull',
    'extraEnv[0].name=AWS_DEFAULTS_MODE',
    'extraEnv[0].value=standard',
  ],
  'in some namespaces': ['namespaces={a,b}'],
  'without CRDs, policies and roles': ['crds.install=false', 'fence.enabled=false', 'rbac.create=false'],
};
// Their schemas come with the Prometheus operator. The rules are held to Prometheus itself; of the other there is too little to go wrong.
const FOREIGN = 'ServiceMonitor,PrometheusRule';

let folder: string;
const texts = new Map<string, string>();
beforeAll(async () => {
  folder = runDirectory('hardening');
  for (const [mode, values] of Object.entries(MODES)) {
    const { text, refusal } = await render(helmPath, values);
    if (refusal !== '') throw new Error(refusal);
    texts.set(mode, text);
  }
});

const fileOf = (mode: string, text = texts.get(mode) ?? ''): string => {
  const file = join(folder, `${mode.replaceAll(/\W+/g, '-')}.yaml`);
  writeFileSync(file, text);
  return file;
};

interface Scored {
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
    readonly comments: readonly { readonly path: string; readonly summary: string }[] | null;
  }[];
}

// kube-score grades from 1, critical, to 10; below 7 is a finding.
const GOOD = 7;

async function findings(mode: string, text?: string): Promise<readonly string[]> {
  const score = await ensurePart('kubeScore');
  const args = ['score', '--output-format', 'json', '--kubernetes-version', 'v1.31', fileOf(mode, text)];
  const { stdout, stderr } = await runCommand(score, args);
  if (!stdout.startsWith('[')) throw new Error(stderr);
  const scored: readonly Scored[] = JSON.parse(stdout);
  return scored.flatMap(({ checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade < GOOD)
      .flatMap(({ check, comments }) => (comments ?? []).map(({ summary }) => `${check.id}: ${summary}`)),
  );
}

/** Of the table in docs/security.md. */
const accepted = [
  ...readFileSync(inRepository('docs', 'security.md'), 'utf8').matchAll(/^\| `([\w-]+: [^`]+)` \| ([^|]{20,}) \|$/gm),
].map(([, finding = '']) => finding);

describe('kube-score', () => {
  it('finds nothing but what is accepted for a reason, in any mode, and all of that', async () => {
    const found = new Set<string>();
    for (const mode of texts.keys()) for (const finding of await findings(mode)) found.add(finding);
    expect([...found].toSorted()).toEqual(accepted.toSorted());
  });

  it('finds what is unsafe', async () => {
    const loose = (texts.get('as it comes') ?? '').replace(
      'readOnlyRootFilesystem: true',
      'readOnlyRootFilesystem: false',
    );
    const found = await findings('loose', loose);
    expect(found.filter((finding) => !accepted.includes(finding))).toEqual([
      expect.stringMatching(/^container-security-context-readonlyrootfilesystem/),
    ]);
  });
});

describe('kubeconform', () => {
  let schemas: string;
  beforeAll(async () => {
    schemas = await writeSchemas(cluster, join(folder, 'schemas'), kinds());
  });
  const kinds = (): ReadonlySet<string> =>
    new Set([...texts.values()].flatMap((text) => [...text.matchAll(/^kind: (\w+)$/gm)].map(([, kind = '']) => kind)));

  async function invalid(mode: string, text?: string): Promise<string> {
    const conform = await ensurePart('kubeconform');
    const args = ['-strict', '-skip', FOREIGN, '-schema-location', schemas, fileOf(mode, text)];
    const { stdout, stderr } = await runCommand(conform, args);
    return stdout + stderr;
  }

  it("has every object valid by the API server's own schemas, in every mode", async () => {
    for (const mode of texts.keys()) expect(await invalid(mode), mode).toBe('');
  });

  it('finds a field that is not there', async () => {
    const wrong = (texts.get('as it comes') ?? '').replace('enableServiceLinks:', 'enableServiceLink:');
    expect(await invalid('wrong', wrong)).toContain('enableServiceLink');
  });
});
