import type { SecretManifest } from '../core/ports.ts';
import type { InstallationKey } from '../core/revision.ts';
import { fail, type Result, succeed } from '../model/result.ts';
import { SecretValue } from '../model/secret-value.ts';
import type { ApiClient } from './client.ts';
import { createSecretStorage } from './secrets.ts';

/** Name of the Secret, in the operator's namespace. */
export const INSTALLATION_KEY = 'keyferry-installation-key';

const KEY_BYTES = 32;
const ID_BYTES = 4;
const TRIES = 3;

/**
 * The installation's key, made at the first start. Its Secret is immutable: a changed key would look like a change of every Secret.
 * `randomBytes` must be the cryptographic one. Fails with ClusterUnavailable, or Internal where the Secret is damaged.
 */
export async function loadInstallationKey(
  client: ApiClient,
  namespace: string,
  randomBytes: (count: number) => Uint8Array,
  signal: AbortSignal,
): Promise<Result<InstallationKey>> {
  const secrets = createSecretStorage(client);
  const subject = `Secret/${INSTALLATION_KEY}`;
  for (let tries = 0; tries < TRIES; tries++) {
    const live = await secrets.read({ namespace, name: INSTALLATION_KEY }, signal);
    if (!live.ok) return live;
    if (live.value !== undefined) return parse(live.value.data, namespace);
    const made = { id: Buffer.from(randomBytes(ID_BYTES)).toString('hex'), key: randomBytes(KEY_BYTES) };
    const outcome = await secrets.create(manifestOf(made, namespace), signal);
    if (outcome.kind === 'written') return succeed(made);
    if (outcome.kind === 'unavailable') return { ok: false, faults: [outcome.fault] };
    if (outcome.kind === 'notFound' || outcome.kind === 'namespaceTerminating') {
      const cure = 'create it, or start the operator with --operator-namespace';
      return fail('ClusterUnavailable', subject, `there is no namespace ${namespace} to keep it in; ${cure}`);
    }
    if (outcome.kind === 'refused') return fail('ClusterUnavailable', subject, `it cannot be made: ${outcome.cause}`);
    // Another replica was quicker: its key is the key.
  }
  return fail('ClusterUnavailable', subject, 'it comes and goes while the operator reads it');
}

function parse(data: ReadonlyMap<string, SecretValue>, namespace: string): Result<InstallationKey> {
  const id = Buffer.from(data.get('id')?.reveal() ?? []).toString('utf8');
  const key = data.get('key')?.reveal();
  if (/^[0-9a-f]{8}$/.test(id) && key?.byteLength === KEY_BYTES) return succeed({ id, key });
  const cure = `kubectl -n ${namespace} delete secret ${INSTALLATION_KEY}, and the operator makes a new one`;
  return fail('Internal', `Secret/${INSTALLATION_KEY}`, `it holds no installation key; ${cure}`);
}

const manifestOf = ({ id, key }: InstallationKey, namespace: string): SecretManifest => ({
  namespace,
  name: INSTALLATION_KEY,
  labels: { 'app.kubernetes.io/managed-by': 'keyferry' },
  annotations: {},
  ownerReferences: [],
  finalizers: [],
  type: 'Opaque',
  immutable: true,
  data: new Map([
    ['id', SecretValue.ofText(id)],
    ['key', new SecretValue(key)],
  ]),
});
