import { resolve, sep } from 'node:path';
import type { KubeConfig } from './client-node.ts';
import type { Credentials } from './credentials.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Gets the proof that an exec plugin or an OIDC provider gives for a kubeconfig's user entry. Throws where it gives none. */
export type CredentialPlugin = (
  cluster: Fields,
  user: Fields,
  folder: string,
  fresh: boolean,
) => Promise<Pick<Credentials, 'cert' | 'key' | 'headers'>>;

const PLUGIN_MS = 30_000;

/** client-node knows the protocols of plugins; it is loaded at the first question only, as it takes 77 MB. */
export function createCredentialPlugin(): CredentialPlugin {
  // What a plugin gave stays in client-node until it expires, so one instance is kept for as long as the entry is the same.
  let kept: { readonly entry: string; readonly config: KubeConfig } | undefined;
  return async (cluster, user, folder, fresh) => {
    const entry = JSON.stringify([cluster, user, folder]);
    if (fresh || kept?.entry !== entry) kept = { entry, config: await load(cluster, user, folder) };
    const options: { headers?: Record<string, unknown>; cert?: unknown; key?: unknown } = {};
    await inTime(kept.config.applyToHTTPSOptions(options as Parameters<KubeConfig['applyToHTTPSOptions']>[0]));
    const authorization = options.headers?.Authorization;
    const cert = pemOf(options.cert);
    const key = pemOf(options.key);
    return {
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
      headers: typeof authorization === 'string' ? { authorization: authorization.trim() } : {},
    };
  };
}

/** A plugin that never ends must not hold every call for ever. */
async function inTime(asked: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the credential plugin does not end')), PLUGIN_MS);
  });
  try {
    await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function load(cluster: Fields, user: Fields, folder: string): Promise<KubeConfig> {
  const { KubeConfig: Config } = await import('./client-node.ts');
  const config = new Config();
  const document = {
    clusters: [{ name: 'cluster', cluster: { server: cluster.server } }],
    users: [
      { name: 'user', user: { ...user, ...(user.exec === undefined ? {} : { exec: fromFolder(user.exec, folder) }) } },
    ],
    contexts: [{ name: 'context', context: { cluster: 'cluster', user: 'user' } }],
    'current-context': 'context',
  };
  // JSON is YAML.
  config.loadFromString(JSON.stringify(document));
  return config;
}

/** A plugin that is named by a relative path is meant from the kubeconfig's folder; a bare name is looked up in PATH. */
function fromFolder(exec: unknown, folder: string): unknown {
  if (typeof exec !== 'object' || exec === null || !('command' in exec)) return exec;
  const { command } = exec;
  return typeof command === 'string' && command.includes(sep) ? { ...exec, command: resolve(folder, command) } : exec;
}

function pemOf(value: unknown): string | undefined {
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  return typeof value === 'string' ? value : undefined;
}
