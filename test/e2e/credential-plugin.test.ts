import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { kubeconfigOf, RELEASE } from '../support/installed.ts';
import { startOperator } from '../support/operator.ts';
import { setStage } from '../support/stage.ts';

interface Kubeconfig {
  readonly users: { user: { token?: string; exec?: object } }[];
}

// What asks plugins is in a file of its own beside the bundle, which nothing else loads.
it('an operator whose kubeconfig names a plugin proves itself by what that gives', async () => {
  const stage = await setStage();
  onTestFinished(() => stage.end());
  await stage.operator.stop();
  const kubeconfigPath = await kubeconfigOf(stage);
  const config: Kubeconfig = JSON.parse(readFileSync(kubeconfigPath, 'utf8'));
  const token = config.users[0]?.user.token;
  const apiVersion = 'client.authentication.k8s.io/v1';
  const given = join(dirname(kubeconfigPath), 'given');
  writeFileSync(given, JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token } }), { mode: 0o600 });
  const exec = { apiVersion, command: 'cat', args: [given], interactiveMode: 'Never' };
  writeFileSync(kubeconfigPath, JSON.stringify({ ...config, users: [{ name: 'user', user: { exec } }] }));

  const args = ['--operator-namespace', RELEASE.namespace];
  const operator = await startOperator({ kubeconfigPath, awsEndpoint: stage.front.endpoint, args });
  expect(await operator.health('/readyz')).toBe(200);
  expect(operator.log()).not.toContain(token);
  expect(await operator.stop()).toBe(0);
});
