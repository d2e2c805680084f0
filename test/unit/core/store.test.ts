import { expect, it } from 'vitest';
import { parseStore, storeLabel } from '../../../src/core/store.ts';
import { rawOf } from '../../support/builders.ts';

const spec = { region: 'eu-west-1', auth: { serviceAccountRef: { name: 'reader' } } };

it('has the identity of its object and the defaults of its CRD', () => {
  const raw = rawOf('SecretStore', spec, { name: 'aws', uid: 'uid-aws', generation: 7 });
  expect(parseStore(raw, 'SecretStore')).toEqual({
    ok: true,
    value: {
      kind: 'SecretStore',
      namespace: 'shop',
      name: 'aws',
      uid: 'uid-aws',
      generation: 7,
      spec: { ...spec, defaultService: 'SecretsManager' },
    },
  });
});

it('is refused with the field that is wrong', () => {
  const parsed = parseStore(rawOf('SecretStore', { ...spec, region: 'x.evil.com/' }), 'SecretStore');
  expect(parsed).toMatchObject({ ok: false, faults: [{ kind: 'InvalidSpec', subject: 'spec.region' }] });
});

it('has no allowedNamespaces as a SecretStore, whatever its object says', () => {
  const parsed = parseStore(rawOf('SecretStore', { ...spec, allowedNamespaces: { names: ['*'] } }), 'SecretStore');
  expect(parsed.ok && 'allowedNamespaces' in parsed.value.spec).toBe(false);
});

it('is called by its kind and name', () => {
  expect(storeLabel({ kind: 'ClusterSecretStore', name: 'aws' })).toBe('ClusterSecretStore/aws');
});
