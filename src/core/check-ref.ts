import type { Fault } from '../model/fault.ts';
import { BRIDGE } from './admit.ts';
import { type PastedReference, printReference, readPastedReference, serviceOfArn } from './pasted-reference.ts';
import type { Service, ValueRef } from './ports.ts';
import type { Store } from './store.ts';

/** An entry of the spec that reads one ref. */
interface Item {
  /** `spec.data[2]` or `spec.dataFrom[0]`. */
  readonly subject: string;
  readonly ref: ValueRef;
  readonly property: string | undefined;
  readonly decoding: string;
}

/** What is wrong with the reference that the schema cannot see, as it hangs on the store or on the form of the key. */
export function checkRef(item: Item, store: Store): Fault | undefined {
  const field = item.subject.startsWith('spec.dataFrom') ? 'extract' : 'remoteRef';
  const invalid = (at: string, detail: string): Fault => ({
    kind: 'InvalidSpec',
    subject: `${item.subject}.${field}${at}`,
    detail,
  });
  const wrongKey = faultOfKey(item, store, field);
  if (wrongKey !== undefined) return invalid('.key', wrongKey);
  const wrongVersion = faultOfVersion(item.ref);
  if (wrongVersion !== undefined) return invalid('', wrongVersion);
  const noMetadata = faultOfMetadata(item.ref);
  if (noMetadata !== undefined) return invalid('.metadataPolicy', noMetadata);
  const uuid = faultOfUuid(item.ref);
  return uuid === undefined ? undefined : invalid(uuid.at, uuid.detail);
}

function faultOfKey(item: Item, store: Store, field: string): string | undefined {
  const prefix = store.spec.keyPrefix ?? '';
  const { service } = item.ref;
  const key = item.ref.key.slice(prefix.length);
  const pasted = readPastedReference(key, service);
  const detail =
    pasted === undefined
      ? (faultOfArn(key, service) ?? faultOfBridge(item.ref))
      : describePasted(pasted, item, store, field, prefix);
  const name = pasted === undefined || pasted === 'unclear' ? key : pasted.key;
  const isOutside = name.startsWith('arn:') || (pasted !== undefined && !name.startsWith(prefix));
  if (prefix === '' || !isOutside) return detail;
  const cure = `the store's keyPrefix ${JSON.stringify(prefix)} comes before every key, so write the name without it, or read from a store without keyPrefix`;
  return `${detail ?? 'this is an ARN'}; ${cure}`;
}

/**
 * The message prints the fields that the text stands for beside those that the entry has already. Other tools know no keyPrefix, so it is
 * taken off the name.
 */
function describePasted(
  pasted: PastedReference | 'unclear',
  { property, decoding, ref }: Item,
  store: Store,
  field: string,
  prefix: string,
): string {
  if (pasted === 'unclear') {
    return 'this is no name and no ARN; write a JSON key as property, a stage as versionStage or label, a version as versionId or version';
  }
  const { service, key, ...rest } = pasted;
  const isNamed = key.startsWith('arn:') || service === store.spec.defaultService;
  const isPinned = Object.keys(rest).some((name) => name !== 'property');
  const { versionStage, versionId, version, label } = service === ref.service && !isPinned ? ref : {};
  const fields = printReference({
    key: key.startsWith(prefix) ? key.slice(prefix.length) : key,
    service: isNamed ? undefined : service,
    property,
    versionStage,
    versionId,
    version,
    label,
    ...rest,
    decodingStrategy: decoding === 'None' ? undefined : decoding,
    metadataPolicy: ref.metadata === undefined ? undefined : 'Fetch',
  });
  return `a key is the name or ARN alone, and what ECS, CodeBuild and CloudFormation write around it has fields of its own; write ${field}: ${fields}`;
}

const FORMS = {
  SecretsManager: 'a secret: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-XXXXXX',
  ParameterStore: 'a parameter: arn:aws:ssm:REGION:ACCOUNT:parameter/NAME',
} as const satisfies Record<Service, string>;

const faultOfArn = (key: string, service: Service): string | undefined =>
  key.startsWith('arn:') && serviceOfArn(key) !== service
    ? `this reads from ${service}, and the ARN is not of the form of ${FORMS[service]}`
    : undefined;

const faultOfBridge = ({ service, key }: ValueRef): string | undefined =>
  service === 'SecretsManager' && key.startsWith(BRIDGE)
    ? `${BRIDGE} is of Parameter Store; add service: ParameterStore, or write the name behind it to read the secret itself`
    : undefined;

function faultOfVersion({ service, key, versionStage, versionId, version, label }: ValueRef): string | undefined {
  if (service === 'SecretsManager') {
    return version === undefined && label === undefined
      ? undefined
      : 'version and label belong to ParameterStore, and this reads from SecretsManager; set service: ParameterStore, or use versionStage or versionId';
  }
  if (versionStage !== undefined || versionId !== undefined) {
    return 'versionStage and versionId belong to SecretsManager, and this reads from ParameterStore; set service: SecretsManager, or use version or label';
  }
  return version !== undefined && key.startsWith(BRIDGE)
    ? `a secret that is read by way of ${BRIDGE} has no version numbers; write its stage or version id as label`
    : undefined;
}

const faultOfMetadata = ({ service, key, metadata }: ValueRef): string | undefined =>
  metadata !== undefined && service === 'ParameterStore' && key.startsWith(BRIDGE)
    ? 'Parameter Store tells nothing about a secret but its value; set service: SecretsManager, with the bare name of the secret'
    : undefined;

/** `uuid/ID` is how External Secrets writes a version id; no version id of AWS, and no stage that anyone would choose, looks like it. */
function faultOfUuid({
  versionStage,
  versionId,
}: ValueRef): { readonly at: string; readonly detail: string } | undefined {
  const [, id = ''] = /^uuid\/(.+)$/.exec(versionStage ?? versionId ?? '') ?? [];
  if (id === '') return undefined;
  const at = versionStage === undefined ? '.versionId' : '.versionStage';
  return { at, detail: `a version id stands alone; write ${printReference({ versionId: id }).slice(1, -1)}` };
}
