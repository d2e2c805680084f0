import { describe, expect, it } from 'vitest';
import { admitKey, admitNamespace } from '../../../src/core/admit.ts';
import type { ValueRef } from '../../../src/core/ports.ts';
import { storeOf } from '../../support/builders.ts';

describe('a namespace', () => {
  const cluster = (allowedNamespaces?: object) =>
    storeOf(allowedNamespaces === undefined ? {} : { allowedNamespaces }, 'ClusterSecretStore');
  const expression = (key: string, operator: string, values?: string[]) => ({
    selector: { matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }] },
  });
  const labels = { team: 'payments', env: 'prod', empty: '' };
  const cases: readonly { it: string; allowed?: object; want: boolean }[] = [
    { it: 'is not served by a ClusterSecretStore that names none', want: false },
    { it: 'is served when it is named', allowed: { names: ['other', 'shop'] }, want: true },
    { it: 'is served when a glob fits', allowed: { names: ['sh*'] }, want: true },
    { it: 'is served when ? fits', allowed: { names: ['sho?'] }, want: true },
    { it: 'is not served when a name only begins alike', allowed: { names: ['shop-a', 'sho', 'hop'] }, want: false },
    { it: 'is served by its label', allowed: { selector: { matchLabels: { team: 'payments' } } }, want: true },
    { it: 'is not served by another value', allowed: { selector: { matchLabels: { team: 'x' } } }, want: false },
    {
      it: 'is not served by half of its labels',
      allowed: { selector: { matchLabels: { team: 'payments', a: 'b' } } },
      want: false,
    },
    { it: 'does not pass for having a constructor', allowed: expression('constructor', 'Exists'), want: false },
    { it: 'is served when its value is in the list', allowed: expression('env', 'In', ['qa', 'prod']), want: true },
    { it: 'is not in a list without it', allowed: expression('env', 'In', ['qa']), want: false },
    { it: 'is not In by a label that it lacks', allowed: expression('none', 'In', ['']), want: false },
    { it: 'is NotIn by a label that it lacks', allowed: expression('none', 'NotIn', ['x']), want: true },
    { it: 'is not NotIn by its own value', allowed: expression('env', 'NotIn', ['prod']), want: false },
    { it: 'has an empty label too', allowed: expression('empty', 'Exists'), want: true },
    { it: 'is served for a label that it lacks', allowed: expression('none', 'DoesNotExist'), want: true },
    {
      it: 'has to fit all of a selector',
      allowed: {
        selector: { matchLabels: { team: 'payments' }, matchExpressions: [{ key: 'env', operator: 'DoesNotExist' }] },
      },
      want: false,
    },
  ];
  for (const { it: name, allowed, want } of cases) {
    it(name, () => expect(admitNamespace(cluster(allowed), 'shop', labels).ok).toBe(want));
  }

  it('is always served by a SecretStore, which is its own', () => {
    expect(admitNamespace(storeOf(), 'shop', {}).ok).toBe(true);
  });

  it('is not served by an empty selector, whatever a relaxed schema lets through', () => {
    const store = { ...cluster(), spec: { ...cluster().spec, allowedNamespaces: { selector: {} } } };
    expect(admitNamespace(store, 'shop', labels).ok).toBe(false);
  });

  it('is told where it may be let in', () => {
    expect(admitNamespace(cluster({ names: ['a'] }), 'shop', {})).toEqual({
      ok: false,
      faults: [
        {
          kind: 'StoreNotAllowed',
          subject: 'spec.secretStoreRef',
          detail:
            "ClusterSecretStore/aws does not admit the namespace shop; add it to the store's spec.allowedNamespaces",
        },
      ],
    });
  });
});

describe('a key', () => {
  const ACCOUNT = '123456789012';
  const secretArn = (name: string, account = ACCOUNT, region = 'eu-west-1') =>
    `arn:aws:secretsmanager:${region}:${account}:secret:${name}`;
  const secret = (key: string): ValueRef => ({ service: 'SecretsManager', key });
  const parameter = (key: string): ValueRef => ({ service: 'ParameterStore', key });
  const foreign = secretArn('shared/a-AbCdEf', '999999999999');
  const cases: readonly {
    it: string;
    allowed?: readonly string[];
    ref: ValueRef;
    want: boolean;
    account?: 'unknown';
  }[] = [
    { it: 'may be anything where nothing is listed', ref: secret('x'), want: true },
    { it: 'fits a glob', allowed: ['shared/*'], ref: secret('shared/a/b'), want: true },
    { it: 'has to fit', allowed: ['shared/*'], ref: secret('sharedx'), want: false },
    { it: 'may be in the namespace’s own part', allowed: ['{{namespace}}/*'], ref: secret('shop/a'), want: true },
    { it: 'may not be in another’s', allowed: ['{{namespace}}/*'], ref: secret('shop2/a'), want: false },
    { it: 'reads ? as itself', allowed: ['shop/?'], ref: secret('shop/a'), want: false },
    {
      it: 'is refused by an ARN that can mean a secret that is not listed',
      allowed: ['shared/a'],
      ref: secret(secretArn('shared/a-AbCdEf')),
      want: false,
    },
    {
      it: 'fits a glob with its full ARN',
      allowed: ['shared/*'],
      ref: secret(secretArn('shared/a-AbCdEf')),
      want: true,
    },
    { it: 'is refused in another account', allowed: ['*'], ref: secret(foreign), want: false },
    {
      it: 'is taken in another account when its ARN is listed',
      allowed: ['x', foreign],
      ref: secret(foreign),
      want: true,
    },
    {
      it: 'is refused in another Region',
      allowed: ['*'],
      ref: secret(secretArn('a-AbCdEf', ACCOUNT, 'us-east-1')),
      want: false,
    },
    {
      it: 'is refused by ARN while the account is unknown',
      allowed: ['*'],
      ref: secret(secretArn('a-AbCdEf')),
      want: false,
      account: 'unknown',
    },
    { it: 'of a parameter may lack its slash', allowed: ['/shop/*'], ref: parameter('shop/a'), want: true },
    { it: 'of a parameter may have one more slash', allowed: ['shop/*'], ref: parameter('/shop/a'), want: true },
    {
      it: 'of a parameter is known by its ARN',
      allowed: ['/shop/*'],
      ref: parameter(`arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/shop/a`),
      want: true,
    },
    {
      it: 'of the bridge is the secret’s',
      allowed: ['/aws/*'],
      ref: parameter('/aws/reference/secretsmanager/other/a'),
      want: false,
    },
    {
      it: 'of the bridge fits as the secret',
      allowed: ['shop/*'],
      ref: parameter('/aws/reference/secretsmanager/shop/a'),
      want: true,
    },
    {
      it: 'of the bridge may lack its slash and is the secret’s still',
      allowed: ['aws/*'],
      ref: parameter('aws/reference/secretsmanager/other/a'),
      want: false,
    },
  ];
  for (const { it: name, allowed, ref, want, account } of cases) {
    it(name, () => {
      const spec = allowed === undefined ? {} : { allowedKeys: allowed };
      const store = storeOf({ ...spec, allowedNamespaces: { names: ['*'] } }, 'ClusterSecretStore');
      expect(admitKey(store, 'shop', account === 'unknown' ? undefined : ACCOUNT, ref)).toBe(want);
    });
  }
});
