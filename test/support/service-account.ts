import type { Cluster, KubeObject } from './cluster.ts';

interface TokenRequest extends KubeObject {
  status: { token: string };
}

/** How AWS names a ServiceAccount in a role's trust policy. */
export const subjectOf = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`;

/** Creates a ServiceAccount, annotated with a role as IRSA wants it. */
export async function createServiceAccount(
  cluster: Cluster,
  namespace: string,
  name: string,
  roleArn?: string,
): Promise<KubeObject> {
  const annotations = roleArn === undefined ? {} : { 'eks.amazonaws.com/role-arn': roleArn };
  return cluster.create(`/api/v1/namespaces/${namespace}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, annotations },
  });
}

/** A real token from the API server. */
export async function requestToken(
  cluster: Cluster,
  namespace: string,
  name: string,
  audience = 'sts.amazonaws.com',
  lifetimeS = 600,
): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const { status } = await cluster.create<TokenRequest>(path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: [audience], expirationSeconds: lifetimeS },
  });
  return status.token;
}
