import { describe, expect, it } from 'vitest';
import { ROLE_ARN_ANNOTATION } from '../../../src/api/names.ts';
import { accountOf, resolveIdentity, serviceAccountOf, sessionArnOf } from '../../../src/core/identify.ts';
import type { StoreKind } from '../../../src/core/ports.ts';
import type { Store } from '../../../src/core/store.ts';
import { metaOf, READER, ROLE_ARN, storeOf } from '../../support/builders.ts';

const reader = metaOf({ name: 'reader', uid: 'uid-reader', annotations: { [ROLE_ARN_ANNOTATION]: ROLE_ARN } });
const withAuth = (auth: object, kind: StoreKind = 'SecretStore'): Store => storeOf({ auth }, kind);

/** A store as a relaxed schema might let it through. */
const unchecked = (auth: Store['spec']['auth']): Store => ({ ...storeOf(), spec: { ...storeOf().spec, auth } });

describe('the ServiceAccount of a store', () => {
  const cases: readonly { it: string; kind: StoreKind; ref: object; want: string }[] = [
    { it: 'is of the store’s namespace', kind: 'SecretStore', ref: { name: 'reader' }, want: 'shop/reader' },
    { it: 'is of the user’s namespace', kind: 'ClusterSecretStore', ref: { name: 'reader' }, want: 'user/reader' },
    {
      it: 'is where a ClusterSecretStore says',
      kind: 'ClusterSecretStore',
      ref: { name: 'r', namespace: 'aws' },
      want: 'aws/r',
    },
  ];
  for (const { it: name, kind, ref, want } of cases) {
    it(name, () => {
      const found = serviceAccountOf(withAuth({ serviceAccountRef: ref }, kind), 'user');
      expect(`${found?.namespace}/${found?.name}`).toBe(want);
    });
  }

  it('is never in another namespace than a SecretStore, whatever a relaxed schema lets through', () => {
    const store = unchecked({ serviceAccountRef: { name: 'reader', namespace: 'kube-system' } });
    expect(serviceAccountOf(store, 'user')).toEqual({ namespace: 'shop', name: 'reader' });
  });
});

describe('the identity of a store', () => {
  it('is the role in the annotation of its ServiceAccount', () => {
    expect(resolveIdentity(storeOf(), 'shop', reader, 'none')).toEqual({ ok: true, value: READER });
  });

  it('is the role that the store names, before that of the annotation', () => {
    const roleArn = 'arn:aws:iam::210987654321:role/other';
    const found = resolveIdentity(withAuth({ serviceAccountRef: { name: 'reader', roleArn } }), 'shop', reader, 'none');
    expect(found).toMatchObject({ ok: true, value: { roleArn } });
  });

  it('is another when the ServiceAccount was made again', () => {
    const again = resolveIdentity(storeOf(), 'shop', { ...reader, uid: 'uid-2' }, 'none');
    expect(again).not.toEqual(resolveIdentity(storeOf(), 'shop', reader, 'none'));
  });

  it('has a session name of 64 characters that AWS takes, however long the names', () => {
    const store = { ...storeOf({}, 'ClusterSecretStore'), name: `a.b:${'c'.repeat(90)}` };
    const found = resolveIdentity(store, 'user', reader, 'none');
    if (!found.ok || found.value.kind !== 'serviceAccount') throw new Error('no identity');
    expect(found.value.sessionName).toMatch(/^keyferry-shop-[\w+=,.@-]{50}$/);
  });

  it('is made of keys in Secrets of the store’s namespace', () => {
    const secretRef = {
      accessKeyId: { name: 'keys', key: 'id' },
      secretAccessKey: { name: 'keys', key: 'secret' },
      sessionToken: { name: 'keys', key: 'token' },
    };
    expect(resolveIdentity(withAuth({ secretRef }), 'shop', undefined, 'none')).toEqual({
      ok: true,
      value: {
        kind: 'secret',
        namespace: 'shop',
        accessKeyId: { namespace: 'shop', name: 'keys', key: 'id' },
        secretAccessKey: { namespace: 'shop', name: 'keys', key: 'secret' },
        sessionToken: { namespace: 'shop', name: 'keys', key: 'token' },
      },
    });
  });

  it('goes through the roles of the store, an hour each where it says nothing', () => {
    const hub = 'arn:aws:iam::222222222222:role/hub';
    const leaf = 'arn:aws:iam::333333333333:role/leaf';
    const tags = { externalId: 'id', sessionTags: { team: 'shop' }, transitiveTagKeys: ['team'] };
    const assumeRoles = [{ roleArn: hub }, { roleArn: leaf, ...tags, sessionDuration: '15m30s' }];
    const found = resolveIdentity(storeOf({ assumeRoles }), 'shop', reader, 'none');
    const sessionName = 'keyferry-shop-aws';
    const last = { roleArn: leaf, ...tags, sessionName, durationS: 930 };
    const first = { roleArn: hub, sessionName, durationS: 3_600, sessionTags: {}, transitiveTagKeys: [] };
    expect(found).toEqual({ ok: true, value: { ...READER, assumeRoles: [first, last] } });
    expect(found.ok && accountOf(found.value)).toBe('333333333333');
    expect(found.ok && sessionArnOf(found.value)).toBe(`arn:aws:sts::333333333333:assumed-role/leaf/${sessionName}`);
  });

  describe('that is the operator’s own', () => {
    const own = (kind: StoreKind) => withAuth({ operatorIdentity: {} }, kind);
    const lending = [
      { kind: 'ClusterSecretStore', lent: 'cluster', sessionName: 'keyferry-aws' },
      { kind: 'ClusterSecretStore', lent: 'all', sessionName: 'keyferry-aws' },
      { kind: 'SecretStore', lent: 'all', sessionName: 'keyferry-shop-aws' },
    ] as const;
    for (const { kind, lent, sessionName } of lending) {
      it(`is lent to a ${kind} by an operator that lends to ${lent}`, () => {
        const found = resolveIdentity(own(kind), 'shop', undefined, lent);
        expect(found).toEqual({ ok: true, value: { kind: 'operator', sessionName } });
        expect(found.ok && accountOf(found.value)).toBeUndefined();
      });
    }

    const keeping = [
      { kind: 'ClusterSecretStore', lent: 'none', cure: 'start it with --allow-operator-identity' },
      { kind: 'SecretStore', lent: 'none', cure: '--allow-operator-identity=all' },
      { kind: 'SecretStore', lent: 'cluster', cure: 'use a ClusterSecretStore' },
    ] as const;
    for (const { kind, lent, cure } of keeping) {
      it(`is not lent to a ${kind} by an operator that lends to ${lent}`, () => {
        const found = resolveIdentity(own(kind), 'shop', undefined, lent);
        const subject = `${kind}/aws spec.auth.operatorIdentity`;
        expect(found).toMatchObject({ ok: false, faults: [{ kind: 'StoreNotAllowed', subject }] });
        expect(JSON.stringify(found)).toContain(cure);
      });
    }
  });

  const refused: readonly { it: string; store: Store; account: 'absent' | object; want: RegExp }[] = [
    {
      it: 'is missing without the ServiceAccount',
      store: storeOf(),
      account: 'absent',
      want: /^CredentialsInvalid SecretStore\/aws spec\.auth: there is no ServiceAccount shop\/reader; create it/,
    },
    {
      it: 'is missing without a role, and the message has the line to type',
      store: storeOf(),
      account: {},
      want: /has no annotation eks\.amazonaws\.com\/role-arn; kubectl annotate serviceaccount -n shop reader/,
    },
    {
      it: 'is missing with a role that is none',
      store: storeOf(),
      account: { [ROLE_ARN_ANNOTATION]: 'arn:aws:iam::1:user/x' },
      want: /has no valid role ARN/,
    },
    {
      it: 'is never guessed for a store without auth',
      store: unchecked({}),
      account: { [ROLE_ARN_ANNOTATION]: ROLE_ARN },
      want: /^InvalidSpec SecretStore\/aws spec\.auth: give exactly one of/,
    },
  ];
  for (const { it: name, store, account, want } of refused) {
    it(name, () => {
      const meta = account === 'absent' ? undefined : { ...reader, annotations: { ...account } };
      const found = resolveIdentity(store, 'shop', meta, 'none');
      const told = found.ok ? [] : found.faults.map(({ kind, subject, detail }) => `${kind} ${subject}: ${detail}`);
      expect(told.join()).toMatch(want);
    });
  }
});

describe('the account', () => {
  it('is in the ARN of the role', () => expect(accountOf(READER)).toBe('123456789012'));
  it('is not told by access keys', () => {
    const at = { namespace: 'shop', name: 'keys', key: 'id' };
    expect(accountOf({ kind: 'secret', namespace: 'shop', accessKeyId: at, secretAccessKey: at })).toBeUndefined();
  });
});
