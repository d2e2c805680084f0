import type { Cluster } from './cluster.ts';
import { eventually } from './eventually.ts';

/**
 * Lets the cluster refuse every Secret of the namespace whose name begins with `prefix`, with a text that repeats the value of
 * `key`, as careless policies do. Answers with what takes the policy away again.
 */
export async function refuseSecrets(
  cluster: Cluster,
  namespace: string,
  prefix: string,
  key: string,
): Promise<() => Promise<void>> {
  const base = '/apis/admissionregistration.k8s.io/v1';
  const name = `${namespace}-${prefix}`;
  const policy = `${base}/validatingadmissionpolicies`;
  const binding = `${base}/validatingadmissionpolicybindings`;
  await cluster.create(policy, {
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['secrets'] },
        ],
      },
      matchConditions: [{ name: 'prefix', expression: `object.metadata.name.startsWith('${prefix}')` }],
      validations: [
        {
          expression: 'false',
          message: 'this Secret is refused',
          messageExpression: `'this Secret is refused: ' + string(object.data['${key}'])`,
        },
      ],
    },
  });
  await cluster.create(binding, { metadata: { name }, spec: { policyName: name, validationActions: ['Deny'] } });
  const probe = { metadata: { name: `${prefix}-probe` }, data: { [key]: '' } };
  await eventually('the policy to refuse Secrets', async () => {
    try {
      await cluster.create(`/api/v1/namespaces/${namespace}/secrets?dryRun=All`, probe);
      return false;
    } catch (error) {
      return error instanceof Error && error.message.includes('this Secret is refused');
    }
  });
  return async () => {
    await cluster.delete(`${binding}/${name}`);
    await cluster.delete(`${policy}/${name}`);
  };
}
