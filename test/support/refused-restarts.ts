import type { Cluster } from './cluster.ts';
import { eventually } from './eventually.ts';

const GROUP = '/apis/admissionregistration.k8s.io/v1';
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

/** Lets the cluster refuse every restart of the Deployment, as people do who want none by day. Answers with what ends that. */
export async function refuseRestarts(
  cluster: Cluster,
  namespace: string,
  deployment: string,
  message: string,
): Promise<() => Promise<void>> {
  const name = `${namespace}-${deployment}`;
  const [policy, binding] = [`${GROUP}/validatingadmissionpolicies`, `${GROUP}/validatingadmissionpolicybindings`];
  const annotations = (of: string): string =>
    `${of}.spec.template.metadata.?annotations['${RESTARTED_AT}'].orValue('')`;
  await cluster.create(policy, {
    metadata: { name },
    spec: {
      matchConstraints: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        resourceRules: [
          { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments'] },
        ],
      },
      matchConditions: [{ name: 'this-one', expression: `object.metadata.name == '${deployment}'` }],
      validations: [{ expression: `${annotations('object')} == ${annotations('oldObject')}`, message }],
    },
  });
  await cluster.create(binding, { metadata: { name }, spec: { policyName: name, validationActions: ['Deny'] } });
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}?dryRun=All`;
  const restart = { spec: { template: { metadata: { annotations: { [RESTARTED_AT]: 'a try' } } } } };
  await eventually('the policy to refuse restarts', async () => {
    try {
      await cluster.mergePatch(path, restart);
      return false;
    } catch (error) {
      return error instanceof Error && error.message.includes(message);
    }
  });
  return async () => {
    await cluster.delete(`${binding}/${name}`);
    await cluster.delete(`${policy}/${name}`);
  };
}
