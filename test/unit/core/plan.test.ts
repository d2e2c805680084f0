import { describe, expect, it } from 'vitest';
import { type Plan, planRequests } from '../../../src/core/plan.ts';
import type { Identity, RequestPlan } from '../../../src/core/ports.ts';
import { refId } from '../../../src/core/ref-id.ts';
import type { Store } from '../../../src/core/store.ts';
import { READER, specOf, storeOf } from '../../support/builders.ts';

const VERSION_ID = '01234567-89ab-cdef-0123-456789abcdef';

const specIn = ({ kind, name }: Store, spec: object) => specOf({ secretStoreRef: { kind, name }, ...spec });

/** The plan of a spec whose items all read from one store. */
function planOf(spec: object, store: Store = storeOf()): { requests: RequestPlan; items: Plan['items'] } {
  const planned = planRequests(specIn(store, spec), 'shop', [{ store, identity: READER }]);
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  const { requests, items } = planned.value;
  const [request, ...others] = requests;
  if (request === undefined || others.length > 0) throw new Error(`${requests.length} requests`);
  return { requests: request, items };
}

const faultsOf = (spec: object, store: Store = storeOf()): readonly string[] => {
  const planned = planRequests(specIn(store, spec), 'shop', [{ store, identity: READER }]);
  return planned.ok ? [] : planned.faults.map(({ kind, subject, detail }) => `${kind} ${subject}: ${detail}`);
};

const dataOf = (...remoteRefs: object[]) => ({
  data: remoteRefs.map((remoteRef, at) => ({ secretKey: `k${at}`, remoteRef })),
});

describe('the request plan', () => {
  it('asks for a ref once, however many entries it answers', () => {
    const { requests, items } = planOf({
      ...dataOf({ key: 'db', property: 'a' }, { key: 'db', property: 'b' }),
      dataFrom: [{ extract: { key: 'db' } }],
    });
    expect(requests.refs).toEqual([{ service: 'SecretsManager', key: 'db' }]);
    expect(items).toHaveLength(3);
    expect(new Set(items.map((item) => item.kind !== 'find' && refId(item.ref))).size).toBe(1);
  });

  it('asks for each version of a secret by itself', () => {
    const { requests } = planOf(
      dataOf({ key: 'db' }, { key: 'db', versionStage: 'AWSPREVIOUS' }, { key: 'db', versionId: VERSION_ID }),
    );
    expect(requests.refs).toEqual([
      { service: 'SecretsManager', key: 'db' },
      { service: 'SecretsManager', key: 'db', versionStage: 'AWSPREVIOUS' },
      { service: 'SecretsManager', key: 'db', versionId: VERSION_ID },
    ]);
  });

  it('asks for the metadata of a secret beside its value', () => {
    const { requests } = planOf(
      dataOf({ key: 'db' }, { key: 'db', metadataPolicy: 'Fetch' }, { key: 'db', metadataPolicy: 'None' }),
    );
    expect(requests.refs).toEqual([
      { service: 'SecretsManager', key: 'db' },
      { service: 'SecretsManager', key: 'db', metadata: true },
    ]);
  });

  it('tells a secret from the parameter of the same name', () => {
    const { requests } = planOf(dataOf({ key: 'db' }, { key: 'db', service: 'ParameterStore' }));
    expect(requests.refs.map(({ service }) => service)).toEqual(['SecretsManager', 'ParameterStore']);
  });

  it('puts dataFrom before data, so that data goes before dataFrom', () => {
    const { items } = planOf({
      ...dataOf({ key: 'a' }),
      dataFrom: [{ extract: { key: 'b' } }, { extract: { key: 'c' } }],
    });
    expect(items.map(({ subject }) => subject)).toEqual(['spec.dataFrom[0]', 'spec.dataFrom[1]', 'spec.data[0]']);
  });

  it('reads where and as whom the store says', () => {
    expect(planOf(dataOf({ key: 'a' })).requests.access).toEqual({
      store: 'SecretStore/aws',
      storeId: 'SecretStore/shop/aws',
      region: 'eu-west-1',
      identity: READER,
    });
  });

  it('puts the keyPrefix before every key, with nothing between', () => {
    const store = storeOf({ keyPrefix: 'prod/' });
    const { requests } = planOf({ ...dataOf({ key: 'a' }), dataFrom: [{ extract: { key: '/b' } }] }, store);
    expect(requests.refs.map(({ key }) => key)).toEqual(['prod//b', 'prod/a']);
  });

  const services: readonly { it: string; remoteRef: object; store?: object; want: string }[] = [
    { it: 'reads from Secrets Manager where nobody says otherwise', remoteRef: { key: 'a' }, want: 'SecretsManager' },
    {
      it: 'reads from the default service of the store',
      remoteRef: { key: 'a' },
      store: { defaultService: 'ParameterStore' },
      want: 'ParameterStore',
    },
    {
      it: 'lets a remoteRef choose the other service',
      remoteRef: { key: 'a', service: 'SecretsManager' },
      store: { defaultService: 'ParameterStore' },
      want: 'SecretsManager',
    },
    {
      it: 'believes an ARN of a parameter',
      remoteRef: { key: 'arn:aws:ssm:eu-west-1:123456789012:parameter/a' },
      want: 'ParameterStore',
    },
    {
      it: 'believes an ARN of a secret',
      remoteRef: { key: 'arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:a-AbCdEf' },
      store: { defaultService: 'ParameterStore' },
      want: 'SecretsManager',
    },
  ];
  for (const { it: name, remoteRef, store, want } of services) {
    it(name, () => expect(planOf(dataOf(remoteRef), storeOf(store)).requests.refs[0]?.service).toBe(want));
  }
});

describe('a plan is refused', () => {
  const parameters = storeOf({ defaultService: 'ParameterStore' });
  const cases: readonly { it: string; spec: object; store?: Store; want: RegExp }[] = [
    {
      it: 'for a version of a secret, when the service is the default of the store',
      spec: dataOf({ key: 'a', version: 3 }),
      want: /^InvalidSpec spec\.data\[0\]\.remoteRef: version and label belong to ParameterStore/,
    },
    {
      it: 'for a label of a secret in dataFrom',
      spec: { dataFrom: [{ extract: { key: 'a', label: 'blue' } }] },
      want: /^InvalidSpec spec\.dataFrom\[0\]\.extract: version and label/,
    },
    {
      it: 'for a stage of a parameter',
      spec: dataOf({ key: 'a', versionStage: 'AWSPREVIOUS' }),
      store: parameters,
      want: /^InvalidSpec spec\.data\[0\]\.remoteRef: versionStage and versionId belong to SecretsManager/,
    },
    {
      it: 'for the metadata of a secret over the bridge, which has none',
      spec: dataOf({ key: '/aws/reference/secretsmanager/a', metadataPolicy: 'Fetch' }),
      store: parameters,
      want: /^InvalidSpec spec\.data\[0\]\.remoteRef\.metadataPolicy: .* set service: SecretsManager/,
    },
    {
      it: 'for a key that the store keeps from this namespace',
      spec: dataOf({ key: 'other/a' }),
      store: storeOf({ allowedNamespaces: { names: ['*'] }, allowedKeys: ['{{namespace}}/*'] }, 'ClusterSecretStore'),
      want: /^StoreNotAllowed spec\.data\[0\]: ClusterSecretStore\/aws does not let this namespace read other\/a/,
    },
  ];
  for (const { it: name, spec, store, want } of cases) {
    it(name, () => {
      const faults = faultsOf(spec, store);
      expect(faults).toHaveLength(1);
      expect(faults[0]).toMatch(want);
    });
  }

  it('with a fault for every broken entry, not for the first alone', () => {
    const faults = faultsOf({
      ...dataOf({ key: 'a', version: 1 }, { key: 'b' }, { key: 'c', label: 'x' }),
      dataFrom: [{ extract: { key: 'd', version: 1 } }],
    });
    expect(faults.map((fault) => fault.split(' ')[1])).toEqual([
      'spec.dataFrom[0].extract:',
      'spec.data[0].remoteRef:',
      'spec.data[2].remoteRef:',
    ]);
  });

  it('holds an ARN against allowedKeys by the account of the access key, once AWS has told it', () => {
    const at = { name: 'keys', key: 'k', namespace: 'aws' };
    const store = storeOf(
      {
        auth: { secretRef: { accessKeyId: at, secretAccessKey: at } },
        allowedNamespaces: { names: ['*'] },
        allowedKeys: ['shop/*'],
      },
      'ClusterSecretStore',
    );
    const keys: Identity = { kind: 'secret', namespace: 'aws', accessKeyId: at, secretAccessKey: at };
    const spec = specIn(store, dataOf({ key: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/a-AbCdEf' }));
    const isPlanned = (account?: string): boolean =>
      planRequests(spec, 'shop', [{ store: account === undefined ? store : { ...store, account }, identity: keys }]).ok;
    expect([isPlanned(), isPlanned('123456789012'), isPlanned('999999999999')]).toEqual([false, true, false]);
  });

  it('holds allowedKeys against the key after the prefix', () => {
    const store = storeOf(
      { keyPrefix: 'shop/', allowedNamespaces: { names: ['*'] }, allowedKeys: ['shop/*'] },
      'ClusterSecretStore',
    );
    expect(faultsOf(dataOf({ key: 'a' }), store)).toEqual([]);
  });
});

describe('a plan with find', () => {
  const find = (criteria: object) => ({ data: [], dataFrom: [{ find: criteria }] });
  const searches: readonly { it: string; find: object; store?: object; want: object }[] = [
    { it: 'a path', find: { path: '/prod/db' }, want: { prefix: '/prod/db/' } },
    { it: 'a path that ends in slashes', find: { path: 'prod//' }, want: { prefix: 'prod/' } },
    { it: 'the root', find: { path: '/' }, want: { prefix: '/' } },
    { it: 'a glob with a beginning', find: { name: { glob: 'prod-?b*' } }, want: { prefix: 'prod-' } },
    { it: 'a glob without one', find: { name: { glob: '*-db' } }, want: { prefix: '' } },
    { it: 'a path and a glob below it', find: { path: '/a', name: { glob: '/a/b*' } }, want: { prefix: '/a/b' } },
    { it: 'a path and any name', find: { path: '/a', name: { glob: '*b' } }, want: { prefix: '/a/' } },
    { it: 'tags', find: { tags: { env: 'prod' } }, want: { prefix: '', tags: { env: 'prod' } } },
    {
      it: 'a path behind the keyPrefix',
      find: { path: 'db' },
      store: { keyPrefix: '/shop/' },
      want: { prefix: '/shop/db/' },
    },
    {
      it: 'a glob behind the keyPrefix',
      find: { name: { glob: 'd*' } },
      store: { keyPrefix: 'shop/' },
      want: { prefix: 'shop/d' },
    },
    {
      it: 'tags, within the keyPrefix',
      find: { tags: { a: '' } },
      store: { keyPrefix: 'shop/' },
      want: { prefix: 'shop/', tags: { a: '' } },
    },
    { it: 'another service', find: { path: '/a', service: 'ParameterStore' }, want: { service: 'ParameterStore' } },
  ];
  for (const { it: what, find: criteria, store, want } of searches) {
    it(`looks for ${what}`, () => {
      const { requests, items } = planOf(find(criteria), storeOf(store));
      expect(requests.refs).toEqual([]);
      expect(items[0]).toMatchObject({
        kind: 'find',
        criteria: { search: { service: 'SecretsManager', tags: {}, ...want } },
      });
    });
  }

  const refusals: readonly { it: string; find: object; want: RegExp }[] = [
    {
      it: 'a path and a glob that exclude each other',
      find: { path: '/a', name: { glob: '/b/*' } },
      want: /^InvalidSpec spec\.dataFrom\[0\]\.find: no name is below path/,
    },
    {
      it: 'a path of parameters without its slash',
      find: { path: 'a', service: 'ParameterStore' },
      want: /^InvalidSpec spec\.dataFrom\[0\]\.find\.path: .* begins with "\/"/,
    },
    {
      it: 'secrets that are listed as parameters',
      find: { path: '/aws/reference/secretsmanager', service: 'ParameterStore' },
      want: /set service: SecretsManager/,
    },
    {
      it: 'an empty tag of parameters',
      find: { tags: { a: '' }, service: 'ParameterStore' },
      want: /find\.tags: .* empty value/,
    },
  ];
  for (const { it: what, find: criteria, want } of refusals) {
    it(`refuses ${what}`, () => {
      const faults = faultsOf(find(criteria));
      expect(faults).toHaveLength(1);
      expect(faults[0]).toMatch(want);
    });
  }
});

describe('a plan with stores of their own for some items', () => {
  const other = storeOf({ region: 'us-east-1', keyPrefix: 'team/', defaultService: 'ParameterStore' });
  const grounds = [
    { store: storeOf(), identity: READER },
    { store: { ...other, name: 'other' }, identity: READER },
    {
      store: storeOf({ allowedNamespaces: { names: ['*'] }, allowedKeys: ['shared/*'] }, 'ClusterSecretStore'),
      identity: READER,
    },
  ];
  const plan = (spec: object) => planRequests(specOf(spec), 'shop', grounds);
  const own = (name: string, key: string, kind?: string) => ({
    secretKey: `${name}-${key}-${kind}`.replaceAll('/', '-'),
    secretStoreRef: { name, ...(kind === undefined ? {} : { kind }) },
    remoteRef: { key },
  });

  it('asks each store for its own refs, in its own Region, with its own prefix and service', () => {
    const planned = plan({
      data: [
        { secretKey: 'a', remoteRef: { key: 'db' } },
        own('other', 'db'),
        own('aws', 'shared/db', 'ClusterSecretStore'),
      ],
      dataFrom: [{ secretStoreRef: { name: 'other' }, extract: { key: 'json' } }],
    });
    if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
    const told = planned.value.requests.map(({ access, refs }) => [access.store, access.region, refs]);
    expect(told).toEqual([
      ['SecretStore/aws', 'eu-west-1', [{ service: 'SecretsManager', key: 'db' }]],
      [
        'SecretStore/other',
        'us-east-1',
        [
          { service: 'ParameterStore', key: 'team/json' },
          { service: 'ParameterStore', key: 'team/db' },
        ],
      ],
      ['ClusterSecretStore/aws', 'eu-west-1', [{ service: 'SecretsManager', key: 'shared/db' }]],
    ]);
  });

  it('asks the store of the ExternalSecret for nothing when every item has another', () => {
    const planned = plan({ data: [own('other', 'db')] });
    expect(planned).toMatchObject({ ok: true, value: { requests: [{ access: { store: 'SecretStore/other' } }] } });
  });

  it('is refused by the rules of the store of the item', () => {
    const planned = plan({ data: [own('aws', 'private/db', 'ClusterSecretStore'), own('aws', 'private/db')] });
    expect(planned).toMatchObject({ ok: false, faults: [{ kind: 'StoreNotAllowed', subject: 'spec.data[0]' }] });
    expect(!planned.ok && planned.faults).toHaveLength(1);
  });
});
