import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Access, AssumedRole } from '../../../src/core/ports.ts';
import { access, awsError, type Bench, createBench, everything, keyAccess, secret, tell } from './fake-transport.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const HUB = 'arn:aws:iam::222222222222:role/hub';
const LEAF = 'arn:aws:iam::333333333333:role/path/leaf';
const role = (roleArn: string, more: Partial<AssumedRole> = {}): AssumedRole => ({
  roleArn,
  sessionName: 'keyferry-shop-aws',
  durationS: 3_600,
  sessionTags: {},
  transitiveTagKeys: [],
  ...more,
});
const through = (where: Access, ...assumeRoles: AssumedRole[]): Access => ({
  ...where,
  identity: { ...where.identity, assumeRoles },
});
const chain = through(access, role(HUB), role(LEAF));

async function fetchAll(bench: Bench, where = chain, name = 'a') {
  const fetching = bench.fetch([secret(name)], where);
  await vi.advanceTimersByTimeAsync(40_000);
  return (await fetching).map(tell);
}
const rolesOf = (bench: Bench): string[] => bench.of('AssumeRole').map(({ RoleArn }) => RoleArn);
const identify = (bench: Bench, where: Access) => bench.source.identify(where, new AbortController().signal);

describe('a chain of roles', () => {
  it('is assumed in order, each with the keys of the one before, and the last one reads', async () => {
    const signedBy: string[] = [];
    const bench = createBench((call, keys, signal) => {
      signedBy.push(`${call.api} ${keys?.accessKeyId ?? 'unsigned'}`);
      const made = { SecretAccessKey: 's', SessionToken: 't' };
      if (call.api === 'AssumeRoleWithWebIdentity') return { Credentials: { ...made, AccessKeyId: 'FIRST' } };
      if (call.api === 'AssumeRole') return { Credentials: { ...made, AccessKeyId: call.input.RoleArn.slice(-4) } };
      return everything(call, keys, signal);
    });
    expect(await fetchAll(bench)).toEqual(['value of a']);
    expect(signedBy).toEqual([
      'AssumeRoleWithWebIdentity unsigned',
      'AssumeRole FIRST',
      'AssumeRole /hub',
      'GetSecretValue leaf',
    ]);
  });

  it('sends external id, tags and duration as the store has them, and nothing that it has not', async () => {
    const bench = createBench(everything);
    const tagged = role(LEAF, {
      durationS: 900,
      externalId: 'shop-42',
      sessionTags: { team: 'shop', env: 'prod' },
      transitiveTagKeys: ['team'],
    });
    await fetchAll(bench, through(access, role(HUB), tagged));
    const RoleSessionName = 'keyferry-shop-aws';
    expect(bench.of('AssumeRole')).toEqual([
      { RoleArn: HUB, RoleSessionName, DurationSeconds: 3_600 },
      {
        RoleArn: LEAF,
        RoleSessionName,
        DurationSeconds: 900,
        ExternalId: 'shop-42',
        Tags: [
          { Key: 'team', Value: 'shop' },
          { Key: 'env', Value: 'prod' },
        ],
        TransitiveTagKeys: ['team'],
      },
    ]);
  });

  it('begins with an access key as well', async () => {
    const bench = createBench(everything);
    expect(await fetchAll(bench, through(keyAccess, role(HUB)))).toEqual(['value of a']);
    expect(rolesOf(bench)).toEqual([HUB]);
    expect(bench.of('AssumeRoleWithWebIdentity')).toEqual([]);
  });

  it('is known to AWS as its last role', async () => {
    const bench = createBench(everything);
    expect(await identify(bench, chain)).toEqual({
      ok: true,
      value: { identityArn: 'arn:aws:sts::333333333333:assumed-role/leaf/keyferry-shop-aws' },
    });
  });

  it('costs one call for each link an hour, however many fetches there are', async () => {
    const bench = createBench(everything);
    for (let minute = 0; minute < 50; minute += 1) await fetchAll(bench);
    expect(rolesOf(bench)).toEqual([HUB, LEAF]);
    expect(bench.of('AssumeRoleWithWebIdentity')).toHaveLength(1);
  });

  it('is assumed by one flight for all who ask at once', async () => {
    const bench = createBench(everything);
    const fetching = Array.from({ length: 100 }, (_, at) => bench.fetch([secret(`s${at}`)], chain));
    await vi.advanceTimersByTimeAsync(1_000);
    await Promise.all(fetching);
    expect(rolesOf(bench)).toEqual([HUB, LEAF]);
  });

  it('renews a short last session alone, and early', async () => {
    const bench = createBench(everything);
    const short = through(access, role(HUB), role(LEAF, { durationS: 900 }));
    for (let minute = 0; minute < 30; minute += 1) {
      await fetchAll(bench, short);
      await vi.advanceTimersByTimeAsync(20_000);
    }
    expect(rolesOf(bench).slice(0, 4)).toEqual([HUB, LEAF, LEAF, LEAF]);
    expect(bench.of('AssumeRoleWithWebIdentity')).toHaveLength(1);
  });

  it('gets the former credentials anew when STS calls them expired', async () => {
    let refused: string | undefined;
    const bench = createBench((call, keys, signal) => {
      if (call.api !== 'AssumeRole') return everything(call, keys, signal);
      refused ??= keys?.accessKeyId;
      if (keys?.accessKeyId === refused) throw awsError('ExpiredToken', 'The security token is expired', 403);
      return undefined;
    });
    expect(await fetchAll(bench, through(access, role(HUB)))).toEqual(['value of a']);
    expect(bench.of('AssumeRoleWithWebIdentity')).toHaveLength(2);
  });

  it('ends with a fault about the access key when STS does not take it', async () => {
    const bench = createBench((call) => {
      if (call.api === 'AssumeRole') throw awsError('InvalidClientTokenId', 'canary', 403);
    });
    const identifying = identify(bench, through(keyAccess, role(HUB)));
    await vi.advanceTimersByTimeAsync(1_000);
    const found = await identifying;
    expect(found).toMatchObject({ ok: false, faults: [{ kind: 'CredentialsInvalid', subject: 'SecretStore/aws' }] });
    expect(JSON.stringify(found)).toContain('the access key in Secret shop/aws-key');
    expect(bench.of('AssumeRole').length).toBeLessThan(4);
  });

  it('says which link is denied, and by whom it was asked for', async () => {
    for (const [denied, at, former] of [
      [HUB, 0, 'arn:aws:iam::123456789012:role/reader'],
      [LEAF, 1, HUB],
    ] as const) {
      const bench = createBench((call) => {
        if (call.api !== 'AssumeRole' || call.input.RoleArn !== denied) return undefined;
        throw awsError(
          'AccessDenied',
          `User: x is not authorized to perform: sts:AssumeRole on resource: ${denied}`,
          403,
        );
      });
      const found = await identify(bench, chain);
      expect(found).toMatchObject({ ok: false, faults: [{ kind: 'AssumeRoleDenied', subject: 'SecretStore/aws' }] });
      expect(JSON.stringify(found)).toContain(`spec.assumeRoles[${at}]: AWS STS denied ${former} sts:AssumeRole`);
    }
  });

  it('says what is wrong before the first link as it does without a chain', async () => {
    const bench = createBench((call) => {
      if (call.api === 'AssumeRoleWithWebIdentity') throw awsError('AccessDenied', 'Not authorized', 403);
    });
    expect(JSON.stringify(await identify(bench, chain))).toContain('system:serviceaccount:shop:reader');
  });

  it('names its last role in what messages say of a denied read', async () => {
    const bench = createBench((call) => {
      if (call.api === 'GetSecretValue') throw awsError('AccessDeniedException', 'no');
    });
    const fetching = bench.fetch([secret('a')], chain);
    await vi.advanceTimersByTimeAsync(1_000);
    const text = JSON.stringify(await fetching);
    expect(text).toContain(`${LEAF} may not secretsmanager:GetSecretValue`);
    expect(text).toContain('arn:aws:secretsmanager:eu-west-1:333333333333:secret:a-??????');
  });

  it('shares nothing with a chain that differs in an external id, a tag or a duration', async () => {
    const bench = createBench(everything);
    const others = [{}, { externalId: 'b' }, { sessionTags: { a: 'b' } }, { durationS: 1_800 }];
    for (const more of others) await fetchAll(bench, through(access, role(HUB, more)));
    expect(rolesOf(bench)).toHaveLength(others.length);
  });
});
