import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { fail, type Result, succeed } from '../model/result.ts';
import type { Connection, Credentials } from './credentials.ts';

// Where the kubelet puts a pod's ServiceAccount (kubernetes.io: "Accessing the Kubernetes API from a Pod").
const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What every pod knows of its cluster. */
export interface PodPlace {
  /** KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. */
  readonly host: string;
  readonly port: string;
  /** Where the ServiceAccount is mounted, if not where the kubelet puts it. */
  readonly folder?: string;
}

/**
 * The cluster that this pod runs in. Fails where the pod has no ServiceAccount.
 * Read here and not by client-node: in a pod nothing else of that package is needed, and loading it costs 77 MB.
 */
export async function openPod(pod: PodPlace): Promise<Result<Connection>> {
  const folder = pod.folder ?? FOLDER;
  const first = await readCredentials(folder);
  if (!first.ok) return first;
  const namespace = (await readText(join(folder, 'namespace')))?.trim();
  return succeed({
    server: `https://${isIPv6(pod.host) ? `[${pod.host}]` : pod.host}:${pod.port}`,
    ...(namespace === undefined || namespace === '' ? {} : { namespace }),
    credentials: () => readCredentials(folder),
  });
}

async function readCredentials(folder: string): Promise<Result<Credentials>> {
  const [ca, token] = await Promise.all([readText(join(folder, 'ca.crt')), readText(join(folder, 'token'))]);
  // A token file that ends with a line break makes a header that Node refuses.
  const bearer = token?.trim() ?? '';
  if (ca === undefined || bearer === '') {
    const cure = 'let the pod mount its ServiceAccount token (automountServiceAccountToken)';
    return fail('InvalidSpec', 'cluster', `the pod has no ServiceAccount token and CA in ${folder}; ${cure}`);
  }
  return succeed({ ca, headers: { authorization: `Bearer ${bearer}` } });
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}
