import { TEST_REGION } from './aws.ts';

/** A spec that the API server refuses, and so does the operator where it gets in all the same. */
export interface BadSpec {
  readonly it: string;
  /** Of the object that is to have the spec, with the case's own name. */
  readonly kind: 'ExternalSecret' | 'SecretStore';
  readonly spec: object;
  /** What the API server's refusal names: the field and the cure. */
  readonly refusal: readonly string[];
  /** What the operator's message names. */
  readonly message: readonly string[];
}

const entry = (secretKey: string, remoteRef: object = {}): object => ({
  secretKey,
  remoteRef: { key: 'never-asked-for', ...remoteRef },
});
const external = (spec: object): object => ({ secretStoreRef: { name: 'aws' }, data: [entry('value')], ...spec });
const store = (spec: object): object => ({
  region: TEST_REGION,
  auth: { serviceAccountRef: { name: 'reader' } },
  ...spec,
});
const keys = { name: 'keys', key: 'id' };
const bothAuth = {
  serviceAccountRef: { name: 'reader' },
  secretRef: { accessKeyId: keys, secretAccessKey: keys },
};

const oneOf =
  'give exactly one of serviceAccountRef, secretRef, operatorIdentity; a store without an identity is refused';
const interval = 'want a duration with a unit from 10s to 8760h, such as "30s", "5m" or "1h30m"';
const secretKey = 'want letters, digits, "-", "_" and ".", not "." alone and not beginning with ".."';
const secretType = 'this Secret type is refused; use Opaque, kubernetes.io/tls,';
const region = 'want the name of an AWS Region, such as eu-west-1';
const forOthers = 'mean something to other controllers';

/** Field and words are the same from both. */
const refused = (
  kind: BadSpec['kind'],
  it: string,
  spec: object,
  field: string,
  words: string,
  messageWords = words,
): BadSpec => ({ it, kind, spec, refusal: [field, words], message: [field, messageWords] });

export const badSpecs: readonly BadSpec[] = [
  refused('SecretStore', 'a store without auth', { region: TEST_REGION }, 'spec.auth', 'Required value', 'is required'),
  refused('SecretStore', 'a store with an empty auth', store({ auth: {} }), 'spec.auth', oneOf),
  refused('SecretStore', 'a store with two ways to authenticate', store({ auth: bothAuth }), 'spec.auth', oneOf),
  refused('SecretStore', 'a region that is a host', store({ region: 'x.evil.com/' }), 'spec.region', region),
  refused(
    'SecretStore',
    'a region with a host behind it',
    store({ region: 'eu-west-1.evil.com' }),
    'spec.region',
    region,
  ),
  refused(
    'SecretStore',
    'a role that is a user',
    store({ auth: { serviceAccountRef: { name: 'reader', roleArn: 'arn:aws:iam::123456789012:user/ada' } } }),
    'spec.auth.serviceAccountRef.roleArn',
    'want the ARN of an IAM role, such as arn:aws:iam::',
  ),
  refused(
    'ExternalSecret',
    'an interval without a unit',
    external({ refreshInterval: '5' }),
    'spec.refreshInterval',
    interval,
  ),
  refused(
    'ExternalSecret',
    'an interval below ten seconds',
    external({ refreshInterval: '1s' }),
    'spec.refreshInterval',
    interval,
  ),
  refused(
    'ExternalSecret',
    'an interval that is a number',
    external({ refreshInterval: 5 }),
    'spec.refreshInterval',
    'must be of type string',
    'must be string',
  ),
  refused(
    'ExternalSecret',
    'two entries for one key',
    external({ data: [entry('twin'), entry('other'), entry('twin')] }),
    'spec.data[2]',
    'Duplicate value: {"secretKey":"twin"}',
    'is a second entry for ["twin"]; the first is spec.data[0]',
  ),
  refused(
    'ExternalSecret',
    'a key with a slash',
    external({ data: [entry('a/b')] }),
    'spec.data[0].secretKey',
    secretKey,
  ),
  refused(
    'ExternalSecret',
    'a key that begins with two dots',
    external({ data: [entry('..data')] }),
    'spec.data[0].secretKey',
    secretKey,
  ),
  refused(
    'ExternalSecret',
    'nothing to write',
    external({ data: [] }),
    'spec',
    'nothing to write; give spec.data, spec.dataFrom or spec.target.template.data',
  ),
  refused(
    'ExternalSecret',
    'two ways to name a version',
    external({ data: [entry('value', { versionStage: 'AWSPREVIOUS', label: 'gold' })] }),
    'spec.data[0].remoteRef',
    'give at most one of versionStage, versionId (Secrets Manager), version, label (Parameter Store)',
  ),
  refused(
    'ExternalSecret',
    'a store of a kind that does not exist',
    external({ secretStoreRef: { name: 'aws', kind: 'Vault' } }),
    'spec.secretStoreRef.kind',
    'supported values: "SecretStore", "ClusterSecretStore"',
    'SecretStore, ClusterSecretStore',
  ),
  ...['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token', 'helm.sh/release.v1', 'token'].map(
    (type) =>
      refused(
        'ExternalSecret',
        `the type ${type}`,
        external({ target: { template: { type } } }),
        'spec.target.template.type',
        secretType,
      ),
  ),
  refused(
    'ExternalSecret',
    'a target that Helm reads',
    external({ target: { name: 'sh.helm.release.v1.shop.v1' } }),
    'spec.target.name',
    'a Secret with a name that Helm or kubeadm reads is refused; choose another name',
  ),
  refused(
    'ExternalSecret',
    'a target in another namespace',
    external({ target: { name: '../../kube-system/secrets/db' } }),
    'spec.target.name',
    'want the name of a Secret, lower-case letters, digits, "-" and "."',
  ),
  refused(
    'ExternalSecret',
    'a label that other controllers read',
    external({ target: { template: { metadata: { labels: { 'argocd.argoproj.io/secret-type': 'cluster' } } } } }),
    'spec.target.template.metadata.labels',
    forOthers,
  ),
  refused(
    'ExternalSecret',
    'an annotation that other controllers read',
    external({
      target: { template: { metadata: { annotations: { 'kubernetes.io/service-account.name': 'admin' } } } },
    }),
    'spec.target.template.metadata.annotations',
    forOthers,
  ),
];
