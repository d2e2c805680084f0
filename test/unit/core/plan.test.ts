import { describe, expect, it } from 'vitest';
import { type Plan, planRequests } from '../../../src/core/plan.ts';
import type { Identity } from '../../../src/core/ports.ts';
import { refId } from '../../../src/core/ref-id.ts';
import type { Store } from '../../../src/core/store.ts';
import { READER, specOf, storeOf } from '../../support/builders.ts';

const VERSION_ID = '01234567-89ab-cdef-0123-456789abcdef';

function planOf(spec: object, store: Store = storeOf()): Plan {
  const planned = planRequests(specOf(spec), 'shop', store, READER);
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  return planned.value;
}

const faultsOf = (spec: object, store: Store = storeOf()): readonly string[] => {
  const planned = planRequests(specOf(spec), 'shop', store, READER);
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
    expect(new Set(items.map(({ ref }) => refId(ref))).size).toBe(1);
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
    const spec = specOf(dataOf({ key: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/a-AbCdEf' }));
    const isPlanned = (account?: string): boolean =>
      planRequests(spec, 'shop', account === undefined ? store : { ...store, account }, keys).ok;
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
