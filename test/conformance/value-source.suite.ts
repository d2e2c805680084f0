import { describe, expect, it } from 'vitest';
import type { FetchedValue, Search, ValueRef, ValueSource } from '../../src/core/ports.ts';
import { refId } from '../../src/core/ref-id.ts';
import type { FaultKind } from '../../src/model/fault.ts';
import type { Result } from '../../src/model/result.ts';

/** An AWS that a suite fills, and a value source that reads it as an identity that may read all that the suite names. */
export interface ValueSourceWorld {
  /** Part of every name: others may use the same AWS. */
  readonly prefix: string;
  readonly source: Pick<ValueSource, 'fetch' | 'find'>;
  /** Where policies name secrets: one that is not there has no ARN that fits, and is denied. */
  readonly deniesAbsentSecrets?: true;
  /** `Access` of the plan, ready to use. */
  readonly access: Parameters<ValueSource['fetch']>[0]['access'];
  createSecret(name: string, value: string | Uint8Array): Promise<{ arn: string; versionId: string }>;
  /** A new version, with these labels; by default the current one, and the one before becomes AWSPREVIOUS. Returns its id. */
  putSecret(name: string, value: string, stages?: string[]): Promise<string>;
  markForDeletion(name: string): Promise<void>;
  /** Returns the version number and the ARN. */
  putParameter(name: string, value: string, type?: ParameterType): Promise<{ version: number; arn: string }>;
  labelParameter(name: string, version: number, label: string): Promise<void>;
  tagSecret(name: string, tags: Readonly<Record<string, string>>): Promise<void>;
  tagParameter(name: string, tags: Readonly<Record<string, string>>): Promise<void>;
  /** From now on a policy denies the identity the secret or parameter; or why there can be none. */
  readonly deny: ((name: string) => Promise<void>) | { readonly never: string };
}

type ParameterType = 'String' | 'StringList' | 'SecureString';

const NO_SUCH_VERSION = '11111111-2222-4333-8444-555555555555';
const secret = (key: string, more: Partial<ValueRef> = {}): ValueRef => ({ service: 'SecretsManager', key, ...more });
const parameter = (key: string, more: Partial<ValueRef> = {}): ValueRef => ({
  service: 'ParameterStore',
  key,
  ...more,
});

/** What every value source answers to every kind of read. `open` gives a world of its own for each test. */
export function describeValueSource(name: string, open: () => ValueSourceWorld): void {
  const fetch = async (world: ValueSourceWorld, ...refs: ValueRef[]): Promise<Result<FetchedValue>[]> => {
    const fetched = await world.source.fetch({ access: world.access, refs }, new AbortController().signal);
    expect(fetched.size).toBe(refs.length);
    return refs.map((ref) => fetched.get(refId(ref)) ?? expect.fail(`no answer for ${refId(ref)}`));
  };
  const text = (result: Result<FetchedValue> | undefined): string =>
    result?.ok === true
      ? new TextDecoder().decode(result.value.value.reveal())
      : expect.fail(`a fault: ${JSON.stringify(result)}`);

  describe(`${name}: secrets`, () => {
    it('reads a string, with its version id', async () => {
      const world = open();
      const { versionId } = await world.createSecret(`${world.prefix}plain`, 'sésame ☃ 🔑');
      const [got] = await fetch(world, secret(`${world.prefix}plain`));
      expect(text(got)).toBe('sésame ☃ 🔑');
      expect(got).toMatchObject({ value: { versionId, region: world.access.region } });
    });

    it('reads 64 KiB of bytes as they are', async () => {
      const world = open();
      const bytes = Uint8Array.from({ length: 65_536 }, (_, at) => (at * 31) % 256);
      await world.createSecret(`${world.prefix}binary`, bytes);
      const [got] = await fetch(world, secret(`${world.prefix}binary`));
      expect(got).toMatchObject({ ok: true });
      expect(got?.ok === true && Buffer.from(got.value.value.reveal()).equals(bytes)).toBe(true);
    });

    it('reads a string of 64 KiB whole', async () => {
      const world = open();
      await world.createSecret(`${world.prefix}large`, 'x'.repeat(65_536));
      const [got] = await fetch(world, secret(`${world.prefix}large`));
      expect(text(got)).toHaveLength(65_536);
    });

    it('reads by staging label and by version id', async () => {
      const world = open();
      const { versionId: first } = await world.createSecret(`${world.prefix}staged`, 'old');
      const second = await world.putSecret(`${world.prefix}staged`, 'new');
      const got = await fetch(
        world,
        secret(`${world.prefix}staged`),
        secret(`${world.prefix}staged`, { versionStage: 'AWSCURRENT' }),
        secret(`${world.prefix}staged`, { versionStage: 'AWSPREVIOUS' }),
        secret(`${world.prefix}staged`, { versionId: first }),
        secret(`${world.prefix}staged`, { versionId: second }),
      );
      expect(got.map(text)).toEqual(['new', 'new', 'old', 'old', 'new']);
    });

    it('reads by the labels of a rotation and of people', async () => {
      const world = open();
      const name = `${world.prefix}labelled`;
      await world.createSecret(name, 'current');
      await world.putSecret(name, 'pending', ['AWSPENDING']);
      await world.putSecret(name, 'green', ['GREEN']);
      const stages = ['AWSCURRENT', 'AWSPENDING', 'GREEN'].map((versionStage) => secret(name, { versionStage }));
      expect((await fetch(world, secret(name), ...stages)).map(text)).toEqual([
        'current',
        'current',
        'pending',
        'green',
      ]);
    });

    it('reads by ARN, whole and without its suffix, beside the name', async () => {
      const world = open();
      const { arn } = await world.createSecret(`${world.prefix}by-arn`, 'found');
      await world.createSecret(`${world.prefix}another`, 'too');
      const refs = [arn, arn.slice(0, -7), `${world.prefix}by-arn`, `${world.prefix}another`].map((key) => secret(key));
      expect((await fetch(world, ...refs)).map(text)).toEqual(['found', 'found', 'found', 'too']);
    });

    const absent: readonly { it: string; ref: (world: ValueSourceWorld) => ValueRef; want: FaultKind }[] = [
      // Not six letters after the hyphen: a policy would take them for the end of an ARN.
      { it: 'a secret', ref: (world) => secret(`${world.prefix}nothing`), want: 'SecretNotFound' },
      {
        it: 'a staging label',
        ref: (world) => secret(`${world.prefix}there`, { versionStage: 'NOWHERE' }),
        want: 'VersionNotFound',
      },
      {
        it: 'a version id',
        ref: (world) => secret(`${world.prefix}there`, { versionId: NO_SUCH_VERSION }),
        want: 'VersionNotFound',
      },
      { it: 'a parameter', ref: (world) => parameter(`/${world.prefix}absent`), want: 'ParameterNotFound' },
      {
        it: 'a version of a parameter',
        ref: (world) => parameter(`/${world.prefix}there`, { version: 9 }),
        want: 'VersionNotFound',
      },
      {
        it: 'a label of a parameter',
        ref: (world) => parameter(`/${world.prefix}there`, { label: 'gold' }),
        want: 'VersionNotFound',
      },
    ];
    for (const { it: what, ref, want } of absent) {
      it(`says that ${what} is not there, and answers the rest`, async () => {
        const world = open();
        const kind = world.deniesAbsentSecrets && want === 'SecretNotFound' ? 'AccessDenied' : want;
        await world.createSecret(`${world.prefix}there`, 'a');
        await world.createSecret(`${world.prefix}there-too`, 'b');
        await world.putParameter(`/${world.prefix}there`, 'c');
        const asked = ref(world);
        const refs = [
          asked,
          secret(`${world.prefix}there`),
          secret(`${world.prefix}there-too`),
          parameter(`/${world.prefix}there`),
        ];
        const [fault, ...rest] = await fetch(world, ...refs);
        // Neither a version that is not there nor a denial says anything of the secret or parameter itself.
        const isAbsence = /^(Secret|Parameter)NotFound$/.test(kind) ? true : undefined;
        expect(fault).toMatchObject({ ok: false, faults: [{ kind, subject: asked.key }] });
        expect(fault?.ok === false && fault.faults[0].isAbsence).toBe(isAbsence);
        expect(rest.map(text)).toEqual(['a', 'b', 'c']);
      });
    }

    it('says that a secret is marked for deletion', async () => {
      const world = open();
      await world.createSecret(`${world.prefix}doomed`, 'a');
      await world.createSecret(`${world.prefix}spared`, 'b');
      await world.markForDeletion(`${world.prefix}doomed`);
      const [doomed, spared] = await fetch(world, secret(`${world.prefix}doomed`), secret(`${world.prefix}spared`));
      expect(doomed).toMatchObject({
        ok: false,
        faults: [{ kind: 'MarkedForDeletion', subject: `${world.prefix}doomed` }],
      });
      expect(text(spared)).toBe('b');
      const [alone] = await fetch(world, secret(`${world.prefix}doomed`));
      expect(alone).toMatchObject({ ok: false, faults: [{ kind: 'MarkedForDeletion' }] });
    });
  });

  describe(`${name}: parameters`, () => {
    it('reads the three types, decrypted', async () => {
      const world = open();
      await world.putParameter(`/${world.prefix}a/string`, 'plain');
      await world.putParameter(`/${world.prefix}a/list`, 'x,y,z', 'StringList');
      await world.putParameter(`/${world.prefix}a/secure`, 'hush', 'SecureString');
      await world.putParameter(`${world.prefix}flat`, 'no slash');
      const refs = [
        `/${world.prefix}a/string`,
        `/${world.prefix}a/list`,
        `/${world.prefix}a/secure`,
        `${world.prefix}flat`,
      ].map((key) => parameter(key));
      const got = await fetch(world, ...refs);
      expect(got.map(text)).toEqual(['plain', 'x,y,z', 'hush', 'no slash']);
      expect(got.map((result) => result.ok && result.value.list)).toEqual([undefined, true, undefined, undefined]);
    });

    it('reads by version and by label, beside the current one', async () => {
      const world = open();
      for (const value of ['one', 'two', 'three']) await world.putParameter(`/${world.prefix}v`, value);
      await world.labelParameter(`/${world.prefix}v`, 2, 'gold');
      const refs = [
        parameter(`/${world.prefix}v`),
        parameter(`/${world.prefix}v`, { version: 1 }),
        parameter(`/${world.prefix}v`, { label: 'gold' }),
      ];
      const got = await fetch(world, ...refs);
      expect(got.map(text)).toEqual(['three', 'one', 'two']);
      expect(got.map((result) => result.ok && result.value.version)).toEqual([3, 1, 2]);
    });

    it('reads by ARN', async () => {
      const world = open();
      const { arn } = await world.putParameter(`/${world.prefix}by/arn`, 'found');
      expect((await fetch(world, parameter(arn), parameter(`/${world.prefix}by/arn`))).map(text)).toEqual([
        'found',
        'found',
      ]);
    });

    it('reads a secret over the bridge, by stage and by version id too', async () => {
      const world = open();
      const name = `${world.prefix}bridged`;
      const { versionId: first } = await world.createSecret(name, 'old');
      await world.putSecret(name, 'new');
      const bridge = `/aws/reference/secretsmanager/${name}`;
      const refs = [{}, { label: 'AWSCURRENT' }, { label: 'AWSPREVIOUS' }, { label: first }];
      const got = await fetch(world, ...refs.map((more) => parameter(bridge, more)));
      expect(got.map(text)).toEqual(['new', 'new', 'old', 'old']);
      // A secret has no version numbers.
      expect(got.map((result) => result.ok && result.value.version)).toEqual(Array(4).fill(undefined));
    });

    it('says that a secret behind the bridge, or its stage, is not there', async () => {
      const world = open();
      await world.createSecret(`${world.prefix}there`, 'a');
      const bridge = `/aws/reference/secretsmanager/${world.prefix}`;
      const [there, stage, absent] = await fetch(
        world,
        parameter(`${bridge}there`),
        parameter(`${bridge}there`, { label: 'GREEN' }),
        parameter(`${bridge}nothing`),
      );
      expect(text(there)).toBe('a');
      expect(stage).toMatchObject({ ok: false, faults: [{ kind: 'VersionNotFound' }] });
      // Where it is denied, Parameter Store does not say so.
      expect(absent).toMatchObject({
        ok: false,
        faults: [world.deniesAbsentSecrets ? {} : { kind: 'ParameterNotFound' }],
      });
    });

    it('tells of a secret by name, by ARN and over the bridge that these have to be of one version', async () => {
      const world = open();
      const { arn } = await world.createSecret(`${world.prefix}thrice`, 'one');
      const got = await fetch(
        world,
        secret(`${world.prefix}thrice`),
        secret(arn),
        secret(arn.slice(0, -7), { versionStage: 'AWSCURRENT' }),
        parameter(`/aws/reference/secretsmanager/${world.prefix}thrice`),
      );
      expect(got.map((result) => result.ok && result.value.origin)).toEqual(Array(4).fill(`${arn} AWSCURRENT`));
    });
  });

  describe(`${name}: the whole plan`, () => {
    it('answers 25 secrets and 25 parameters at once', async () => {
      const world = open();
      const names = Array.from({ length: 25 }, (_, at) => `${world.prefix}many-${at}`);
      await Promise.all(names.map((key) => world.createSecret(key, `secret ${key}`)));
      await Promise.all(names.map((key) => world.putParameter(key, `parameter ${key}`)));
      const got = await fetch(world, ...names.map((key) => secret(key)), ...names.map((key) => parameter(key)));
      expect(got.map(text)).toEqual([
        ...names.map((key) => `secret ${key}`),
        ...names.map((key) => `parameter ${key}`),
      ]);
    });

    it('gives what is denied a fault of its own, and those who asked at the same time their values', async ({
      skip,
    }) => {
      const world = open();
      const { deny } = world;
      if (typeof deny === 'object') return skip(deny.never);
      const names = Array.from({ length: 10 }, (_, at) => `${world.prefix}${at}-of-ten`);
      await Promise.all(names.map((key) => world.createSecret(key, `secret ${key}`)));
      await Promise.all(names.map((key) => world.putParameter(`/${key}`, `parameter ${key}`)));
      await deny(`${world.prefix}3-of-ten`);
      await deny(`/${world.prefix}3-of-ten`);
      const refs = [...names.map((key) => secret(key)), ...names.map((key) => parameter(`/${key}`))];
      const isDenied = ({ key }: ValueRef): boolean => key.endsWith('3-of-ten');
      const [denied, ...each] = await Promise.all(
        [refs.filter(isDenied), ...refs.filter((ref) => !isDenied(ref)).map((ref) => [ref])].map((some) =>
          fetch(world, ...some),
        ),
      );
      const faults = denied?.map((result) => (result.ok ? undefined : result.faults));
      expect(faults).toMatchObject(refs.filter(isDenied).map(({ key }) => [{ kind: 'AccessDenied', subject: key }]));
      expect(faults?.flat().some((fault) => fault?.isAbsence)).toBe(false);
      expect(each.map(([result]) => text(result))).toEqual(
        refs
          .filter((ref) => !isDenied(ref))
          .map(({ service, key }) => (service === 'SecretsManager' ? `secret ${key}` : `parameter ${key.slice(1)}`)),
      );
    });

    it('rejects when the caller has given up', async () => {
      const { source, access } = open();
      await expect(
        source.fetch({ access, refs: [secret('a')] }, AbortSignal.abort(new Error('enough'))),
      ).rejects.toThrow('enough');
    });
  });

  describe(`${name}: metadata`, () => {
    const document = (result: Result<FetchedValue> | undefined): unknown => JSON.parse(text(result));
    const date = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);

    it('tells of a secret, and of the version that is asked for', async () => {
      const world = open();
      const key = `${world.prefix}described`;
      const { arn, versionId: first } = await world.createSecret(key, 'canary-one');
      const second = await world.putSecret(key, 'canary-two');
      await world.tagSecret(key, { env: 'prod' });
      const got = await fetch(
        world,
        secret(key, { metadata: true }),
        secret(arn, { metadata: true, versionStage: 'AWSPREVIOUS' }),
        secret(key, { metadata: true, versionId: first }),
        secret(key, { metadata: true, versionStage: 'gold' }),
        secret(key),
      );
      const common = { arn, name: key, tags: { env: 'prod' }, createdDate: date };
      expect(document(got[0])).toMatchObject({ ...common, versionId: second, versionStages: ['AWSCURRENT'] });
      expect(document(got[1])).toMatchObject({ ...common, versionId: first, versionStages: ['AWSPREVIOUS'] });
      expect(document(got[2])).toEqual(document(got[1]));
      expect(got[3]).toMatchObject({ ok: false, faults: [{ kind: 'VersionNotFound', subject: key }] });
      expect(text(got[4])).toBe('canary-two');
      expect(got.slice(0, 3).map(text).join()).not.toContain('canary');
    });

    it('tells of a parameter, and of the version that is asked for', async () => {
      const world = open();
      const key = `/${world.prefix}described`;
      const { arn } = await world.putParameter(key, 'canary', 'SecureString');
      await world.putParameter(key, 'canary', 'SecureString');
      await world.tagParameter(key, { env: 'prod' });
      const got = await fetch(
        world,
        parameter(key, { metadata: true }),
        parameter(key, { metadata: true, version: 1 }),
        parameter(`${key}-not`, { metadata: true }),
      );
      const common = { arn, name: key, tags: { env: 'prod' }, type: 'SecureString', lastChangedDate: date };
      expect(document(got[0])).toEqual({ ...common, version: 2 });
      expect(document(got[1])).toEqual({ ...common, version: 1 });
      expect(got[2]).toMatchObject({ ok: false, faults: [{ kind: 'ParameterNotFound', subject: `${key}-not` }] });
    });

    it('says that a secret is marked for deletion, or is not there', async () => {
      const world = open();
      await world.createSecret(`${world.prefix}doomed`, 'x');
      await world.markForDeletion(`${world.prefix}doomed`);
      const got = await fetch(
        world,
        secret(`${world.prefix}doomed`, { metadata: true }),
        secret(`${world.prefix}absent`, { metadata: true }),
      );
      const kinds = got.map((result) => result.ok || result.faults[0].kind);
      expect(kinds).toEqual(['MarkedForDeletion', 'SecretNotFound']);
    });
  });

  describe(`${name}: a search`, () => {
    const find = async (world: ValueSourceWorld, search: Partial<Search>): Promise<readonly string[]> => {
      const whole = { service: 'SecretsManager', prefix: world.prefix, tags: {}, ...search } as const;
      const found = await world.source.find(world.access, whole, new AbortController().signal);
      if (!found.ok) expect.fail(JSON.stringify(found));
      return found.value.map(({ ref }) => ref.key.slice(ref.key.indexOf(world.prefix) + world.prefix.length)).sort();
    };
    /** Secrets and parameters that nearly bear env=prod, and one that does. */
    const seedTags = async (world: ValueSourceWorld, slash: string): Promise<void> => {
      const tagged: Readonly<Record<string, Readonly<Record<string, string>>>> = {
        right: { env: 'prod', team: 'shop' },
        'longer-value': { env: 'production' },
        'longer-key': { environment: 'prod' },
        apart: { env: 'test', stage: 'prod' },
        'other-case': { env: 'Prod' },
      };
      for (const [key, tags] of Object.entries(tagged)) {
        if (slash === '') {
          await world.createSecret(`${world.prefix}${key}`, 'x');
          await world.tagSecret(`${world.prefix}${key}`, tags);
        } else {
          await world.putParameter(`/${world.prefix}/${key}`, 'x');
          await world.tagParameter(`/${world.prefix}/${key}`, tags);
        }
      }
    };

    it('finds the secrets whose names begin so, over all pages, but none marked for deletion', async () => {
      const world = open();
      const names = Array.from({ length: 105 }, (_, at) => `${at}`);
      await Promise.all(names.map((key) => world.createSecret(`${world.prefix}${key}`, 'x')));
      await world.createSecret(`x${world.prefix}other`, 'x');
      await world.createSecret(`${world.prefix}doomed`, 'x');
      await world.markForDeletion(`${world.prefix}doomed`);
      expect(await find(world, {})).toEqual(names.toSorted());
      expect(await find(world, { prefix: `${world.prefix}10` })).toEqual(['10', '100', '101', '102', '103', '104']);
    });

    it('finds the secrets that bear exactly the tags', async () => {
      const world = open();
      await seedTags(world, '');
      expect(await find(world, { tags: { env: 'prod' } })).toEqual(['right']);
      expect(await find(world, { tags: { env: 'prod', team: 'shop' } })).toEqual(['right']);
      expect(await find(world, { tags: { env: 'prod', team: 'bank' } })).toEqual([]);
    });

    it('finds the parameters of a path at any depth, over all pages, with their values decrypted', async () => {
      const world = open();
      const names = Array.from({ length: 21 }, (_, at) => `/${world.prefix}/deep${at % 2 === 0 ? '/er' : ''}/${at}`);
      await Promise.all(names.map((key) => world.putParameter(key, `value of ${key}`, 'SecureString')));
      await world.putParameter(`/${world.prefix}-not/x`, 'x');
      const search: Search = { service: 'ParameterStore', prefix: `/${world.prefix}/`, tags: {} };
      const found = await world.source.find(world.access, search, new AbortController().signal);
      const told = found.ok
        ? found.value.map(({ ref, value }) => [ref.key, new TextDecoder().decode(value?.value.reveal())])
        : expect.fail(JSON.stringify(found));
      expect(told.toSorted()).toEqual(names.map((key) => [key, `value of ${key}`]).toSorted());
    });

    it('finds the parameters of a path that bear exactly the tags', async () => {
      const world = open();
      await seedTags(world, '/');
      const search = { service: 'ParameterStore', prefix: `/${world.prefix}/` } as const;
      expect(await find(world, { ...search, tags: { env: 'prod' } })).toEqual(['/right']);
      expect(await find(world, { ...search, tags: { env: 'prod', team: 'shop' } })).toEqual(['/right']);
      expect(await find(world, { ...search, tags: { env: 'prod', team: 'bank' } })).toEqual([]);
    });

    it('finds the parameters outside a hierarchy whose names begin so', async () => {
      const world = open();
      await world.putParameter(`${world.prefix}flat`, 'x');
      await world.putParameter(`x${world.prefix}other`, 'x');
      expect(await find(world, { service: 'ParameterStore' })).toEqual(['flat']);
    });

    it('finds nothing where there is nothing', async () => {
      const world = open();
      expect(await find(world, {})).toEqual([]);
      expect(await find(world, { service: 'ParameterStore', prefix: `/${world.prefix}/` })).toEqual([]);
    });

    it('rejects when the caller has given up', async () => {
      const { source, access } = open();
      const search: Search = { service: 'SecretsManager', prefix: '', tags: {} };
      await expect(source.find(access, search, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    });
  });
}
