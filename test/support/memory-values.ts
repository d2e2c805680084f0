import type {
  Access,
  FetchedValue,
  FetchedValues,
  Found,
  RequestPlan,
  Search,
  ValueRef,
  ValueSource,
} from '../../src/core/ports.ts';
import { refId } from '../../src/core/ref-id.ts';
import { fail, type Result, succeed } from '../../src/model/result.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import { type Parameter, ParameterShelf, type ParameterType, parameterArn, selectVersion } from './aws/parameter.ts';
import { Secret, SecretVault } from './aws/secret.ts';
import { BRIDGE } from './aws/secret-bridge.ts';
import { TEST_ACCOUNT, TEST_REGION } from './aws.ts';

/** All that is, was made at this moment. */
const MADE_MS = 0;
const MADE = '1970-01-01T00:00:00Z';

/**
 * AWS in memory, one account in one Region, and the value source that reads it. Whoever asks may read everything, and nothing ever fails.
 * `describeValueSource` holds it to what the real source answers.
 */
export class MemoryValues implements ValueSource {
  readonly #secrets = new SecretVault();
  readonly #parameters = new ParameterShelf();
  #versionIds = 0;

  constructor(texts: Readonly<Record<string, string>> = {}) {
    for (const [name, text] of Object.entries(texts)) this.set(name, text);
  }

  /** Makes the secret, or a new version of it, which gets these labels. */
  set(name: string, value: string | Uint8Array, stages = ['AWSCURRENT']): { arn: string; versionId: string } {
    const at = { name, account: TEST_ACCOUNT, region: TEST_REGION };
    const secret = this.#secrets.find(name, at.account, at.region) ?? new Secret({ ...at, nowMs: MADE_MS });
    secret.keys.set(TEST_REGION, undefined);
    this.#secrets.add(secret, TEST_REGION);
    const id = `00000000-0000-4000-8000-${String(++this.#versionIds).padStart(12, '0')}`;
    const bytes = typeof value === 'string' ? undefined : Buffer.from(value).toString('base64');
    const held = bytes === undefined ? { SecretString: String(value) } : { SecretBinary: bytes };
    secret.versions.set(id, { id, createdMs: MADE_MS, value: held });
    for (const stage of stages) secret.moveStage(stage, id);
    return { arn: secret.arnIn(TEST_REGION), versionId: id };
  }

  /** Removes the secret for good. */
  delete(name: string): void {
    this.#secrets.remove(this.secret(name));
  }

  secret(name: string): Secret {
    const secret = this.#secrets.find(name, TEST_ACCOUNT, TEST_REGION);
    if (secret === undefined) throw new Error(`there is no secret ${name}`);
    return secret;
  }

  /** Makes the parameter, or its next version. */
  setParameter(name: string, value: string, type: ParameterType = 'String'): Parameter {
    const before = this.#parameters.find(name, TEST_ACCOUNT, TEST_REGION);
    const parameter: Parameter = before ?? {
      name,
      arn: parameterArn(TEST_ACCOUNT, TEST_REGION, name),
      tier: 'Standard',
      versions: [],
      tags: new Map(),
      sharedWith: new Set(),
    };
    const version = parameter.versions.length + 1;
    parameter.versions.push({ version, value, type, modifiedMs: MADE_MS, keyArn: undefined, labels: new Set() });
    this.#parameters.put(TEST_ACCOUNT, TEST_REGION, parameter);
    return parameter;
  }

  parameter(name: string): Parameter {
    const parameter = this.#parameters.find(name, TEST_ACCOUNT, TEST_REGION);
    if (parameter === undefined) throw new Error(`there is no parameter ${name}`);
    return parameter;
  }

  async fetch({ access, refs }: RequestPlan, signal: AbortSignal): Promise<FetchedValues> {
    signal.throwIfAborted();
    return new Map(refs.map((ref) => [refId(ref), this.#read(ref, access)]));
  }

  async find({ region }: Access, { service, prefix, tags }: Search, signal: AbortSignal): Promise<Result<Found[]>> {
    signal.throwIfAborted();
    const isSecret = service === 'SecretsManager';
    const live = this.#secrets.listed(TEST_ACCOUNT, region).filter(({ deletedMs }) => deletedMs === undefined);
    const all = isSecret ? live : this.#parameters.listed(TEST_ACCOUNT, region);
    const meant = all.filter(
      (each) => each.name.startsWith(prefix) && Object.entries(tags).every(([key, tag]) => each.tags.get(key) === tag),
    );
    const found = meant.map(({ name }): Found => {
      const ref = { service, key: name };
      const read = isSecret ? undefined : this.#readParameter(ref, region);
      return read?.ok === true ? { ref, value: read.value } : { ref };
    });
    return succeed(found);
  }

  async identify(): Promise<Result<{ readonly identityArn: string }>> {
    return succeed({ identityArn: `arn:aws:sts::${TEST_ACCOUNT}:assumed-role/reader/keyferry` });
  }

  notes(): readonly [] {
    return [];
  }

  /** By name or ARN; one without its suffix may look whole, since its name ends in six letters. */
  #find(key: string, region: string): Secret | undefined {
    const name = key.split(':')[6];
    const found = this.#secrets.find(key, TEST_ACCOUNT, region);
    return found ?? (name === undefined ? undefined : this.#secrets.find(name, TEST_ACCOUNT, region));
  }

  #read(ref: ValueRef, { region }: Access): Result<FetchedValue> {
    if (ref.service === 'SecretsManager') return readSecret(this.#find(ref.key, region), ref, region);
    return ref.key.startsWith(BRIDGE) ? this.#readBridged(ref, region) : this.#readParameter(ref, region);
  }

  /** Parameter Store says of whatever it cannot give that there is none. */
  #readBridged(ref: ValueRef, region: string): Result<FetchedValue> {
    const key = ref.key.slice(BRIDGE.length);
    const secret = this.#secrets.find(key, TEST_ACCOUNT, region);
    const isId = ref.label !== undefined && secret?.versions.has(ref.label) === true;
    const pin = ref.label === undefined ? {} : isId ? { versionId: ref.label } : { versionStage: ref.label };
    const read = readSecret(secret, { service: 'SecretsManager', key, ...pin }, region);
    return read.ok ? read : absent(ref);
  }

  #readParameter(ref: ValueRef, region: string): Result<FetchedValue> {
    const parameter = this.#parameters.find(ref.key, TEST_ACCOUNT, region);
    const selector = ref.version ?? ref.label;
    const found = parameter && selectVersion(parameter, selector === undefined ? undefined : `:${selector}`);
    if (parameter === undefined || found === undefined) return absent(ref);
    const { arn, name, tags } = parameter;
    const { type, version } = found;
    const about = {
      region,
      version,
      ...(ref.version === undefined ? { origin: `${arn} ${name} ${ref.label ?? ''}` } : {}),
    };
    if (ref.metadata) {
      return document(about, { arn, name, tags: Object.fromEntries(tags), version, type, lastChangedDate: MADE });
    }
    return succeed({
      ...about,
      value: SecretValue.ofText(found.value),
      ...(type === 'StringList' ? { list: true } : {}),
    });
  }
}

function readSecret(secret: Secret | undefined, ref: ValueRef, region: string): Result<FetchedValue> {
  if (secret === undefined) return absent(ref);
  if (secret.deletedMs !== undefined) return fail('MarkedForDeletion', ref.key, 'it is marked for deletion');
  const stage = ref.versionStage ?? 'AWSCURRENT';
  const versionId = ref.versionId ?? secret.stages.get(stage) ?? '';
  const held = secret.versions.get(versionId)?.value;
  if (held === undefined) return fail('VersionNotFound', ref.key, 'there is no such version');
  const arn = secret.arnIn(region);
  const about = { region, versionId, ...(ref.versionId === undefined ? { origin: `${arn} ${stage}` } : {}) };
  if (ref.metadata) {
    const dates = { createdDate: MADE, lastChangedDate: MADE };
    const tags = Object.fromEntries(secret.tags);
    return document(about, {
      arn,
      name: secret.name,
      tags,
      versionId,
      versionStages: secret.stagesOf(versionId),
      ...dates,
    });
  }
  const bytes = 'SecretString' in held ? Buffer.from(held.SecretString) : Buffer.from(held.SecretBinary, 'base64');
  return succeed({ ...about, value: new SecretValue(bytes) });
}

const document = (about: Omit<FetchedValue, 'value'>, told: object): Result<FetchedValue> =>
  succeed({ ...about, value: SecretValue.ofText(JSON.stringify(told)), metadata: true });

/** Of a version Parameter Store does not say what is missing, so that is no absence. */
function absent(ref: ValueRef): Result<FetchedValue> {
  if (ref.service === 'ParameterStore' && (ref.version ?? ref.label) !== undefined)
    return fail('VersionNotFound', ref.key, 'there is no such version');
  const kind = ref.service === 'SecretsManager' ? 'SecretNotFound' : 'ParameterNotFound';
  return { ok: false, faults: [{ kind, subject: ref.key, detail: 'there is none', isAbsence: true }] };
}
