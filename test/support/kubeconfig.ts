import { writeFileSync } from 'node:fs';
import type { ClusterAccess } from './cluster.ts';

/** Writes a kubeconfig for a bearer token: an admin's, or that of a ServiceAccount under test. */
export function writeKubeconfig(path: string, { url, caPem, token }: ClusterAccess): string {
  const ca = Buffer.from(caPem).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'keyferry-test', cluster: { server: url, 'certificate-authority-data': ca } }],
    users: [{ name: 'user', user: { token } }],
    contexts: [{ name: 'keyferry-test', context: { cluster: 'keyferry-test', user: 'user' } }],
    'current-context': 'keyferry-test',
  };
  writeFileSync(path, JSON.stringify(config, undefined, 2), { mode: 0o600 });
  return path;
}
