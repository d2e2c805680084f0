import { describe, expect, it } from 'vitest';
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

describe('the account', () => {
  const USER = 'arn:aws:iam::123456789012:user/reader';
  const cases: readonly { it: string; status: unknown; want?: string }[] = [
    {
      it: 'is that of the identity that AWS told',
      status: { observedGeneration: 1, identityArn: USER },
      want: '123456789012',
    },
    {
      it: 'is that of a session',
      status: { observedGeneration: 1, identityArn: 'arn:aws-cn:sts::210987654321:assumed-role/r/s' },
      want: '210987654321',
    },
    {
      it: 'is unknown for another spec than the one that was checked',
      status: { observedGeneration: 2, identityArn: USER },
    },
    { it: 'is unknown without a check', status: { observedGeneration: -1 } },
    {
      it: 'is unknown for what is no identity',
      status: { observedGeneration: 1, identityArn: 'arn:aws:s3::123456789012:a' },
    },
    { it: 'is unknown for a status that is anything', status: 'x' },
    { it: 'is unknown without a status', status: undefined },
  ];
  for (const { it: name, status, want } of cases) {
    it(name, () => {
      const parsed = parseStore(rawOf('ClusterSecretStore', spec, { generation: 1 }, status), 'ClusterSecretStore');
      expect(parsed.ok && parsed.value.account).toBe(want);
    });
  }
});
