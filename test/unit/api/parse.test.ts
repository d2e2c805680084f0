import { describe, expect, it } from 'vitest';
import { parse } from '../../../src/api/parse.ts';
import { readCorpus } from '../../support/manifests.ts';

const spec = { secretStoreRef: { name: 'aws' }, data: [{ secretKey: 'a', remoteRef: { key: 'k' } }] };
const manifest = (more: object): object => ({ metadata: { name: 'db' }, spec: { ...spec, ...more } });

/** The faults as `path: detail`, or none. */
const told = (input: unknown, unknownFields?: 'refuse' | 'ignore'): readonly string[] => {
  const parsed = parse('ExternalSecret', input, unknownFields);
  return parsed.ok ? [] : parsed.faults.map(({ kind, subject, detail }) => `${kind} ${subject}: ${detail}`);
};

describe('parse', () => {
  it('fills in the defaults of the CRD, and only those', () => {
    expect(parse('ExternalSecret', manifest({}))).toEqual({
      ok: true,
      value: {
        metadata: { name: 'db' },
        spec: {
          secretStoreRef: { name: 'aws', kind: 'SecretStore' },
          refreshInterval: '1h',
          refreshPolicy: 'Periodic',
          target: { creationPolicy: 'Owner', deletionPolicy: 'Retain' },
          data: spec.data,
        },
        status: { observedGeneration: -1 },
      },
    });
  });

  it('leaves its input as it was', () => {
    const input = Object.freeze(manifest({ target: Object.freeze({ name: null }), stranger: 1 }));
    const before = JSON.stringify(input);
    parse('ExternalSecret', input);
    expect(JSON.stringify(input)).toBe(before);
  });

  it('judges each by what it says, however many were much like it before', () => {
    const reading = (remoteRef: object): object => manifest({ data: [{ secretKey: 'a', remoteRef }] });
    const twoVersions = [expect.stringMatching(/^InvalidSpec spec\.data\[0\]\.remoteRef: /)];
    const refs: readonly (readonly [object, readonly unknown[]])[] = [
      [{ key: 'k', versionStage: 'AWSCURRENT' }, []],
      [{ key: 'l', versionStage: 'AWSCURRENT', versionId: '00000000-0000-4000-8000-000000000000' }, twoVersions],
      [{ key: 'm', versionStage: 'AWSCURRENT', label: 'gold' }, twoVersions],
      [{ key: 'n', versionStage: 'AWSPREVIOUS' }, []],
      [{ key: 'o', service: 'ParameterStore', version: 3 }, []],
      [{ key: 'p', service: 'SecretsManager', version: 3 }, [expect.stringContaining('spec.data[0].remoteRef')]],
      [{ key: 'q', service: 'ParameterStore', version: 4 }, []],
    ];
    for (const [remoteRef, faults] of [...refs, ...refs, ...refs.toReversed()])
      expect([remoteRef, told(reading(remoteRef))]).toEqual([remoteRef, faults]);
  });

  it('gives each call defaults of its own', () => {
    const [one, other] = [parse('ExternalSecret', manifest({})), parse('ExternalSecret', manifest({}))];
    if (!one.ok || !other.ok) throw new Error('refused');
    expect(one.value.spec.target).not.toBe(other.value.spec.target);
    expect(one.value.status).not.toBe(other.value.status);
  });

  it('ignores fields that it does not know, so that it lives with a newer CRD', () => {
    const parsed = parse('ExternalSecret', manifest({ ofTomorrow: { a: 1 } }));
    expect(parsed).toMatchObject({ ok: true });
    expect(JSON.stringify(parsed)).not.toContain('ofTomorrow');
  });

  it('refuses fields that it does not know where it is asked to', () => {
    expect(told(manifest({ ofTomorrow: { a: 1 } }), 'refuse')).toEqual([
      'InvalidSpec spec.ofTomorrow: there is no such field',
    ]);
  });

  it('tells everything that is wrong with the structure at once, with paths', () => {
    const wrong = manifest({ refreshPolicy: 'Never', suspend: 'yes', data: [{ secretKey: 'a', remoteRef: {} }] });
    expect(told(wrong).toSorted()).toEqual([
      'InvalidSpec spec.data[0].remoteRef.key: is required',
      'InvalidSpec spec.refreshPolicy: must be equal to one of the allowed values: Periodic, OnChange, CreatedOnce',
      'InvalidSpec spec.suspend: must be boolean',
    ]);
  });

  it('tells which entries share a key', () => {
    const item = (secretKey: string) => ({ secretKey, remoteRef: { key: 'k' } });
    expect(told(manifest({ data: [item('a'), item('b'), item('a')] }))).toEqual([
      'InvalidSpec spec.data[2]: is a second entry for ["a"]; the first is spec.data[0]',
    ]);
  });

  it('speaks of broken rules in the words of the CRD', () => {
    expect(told(manifest({ refreshInterval: '1s' }))).toEqual([
      'InvalidSpec spec.refreshInterval: want a duration with a unit from 10s to 8760h, such as "30s", "5m" or "1h30m", or "0s" to read on change only',
    ]);
  });

  it('names a member with slashes as it is', () => {
    const metadata = { labels: { 'example.com/tier': 5 } };
    expect(told(manifest({ target: { template: { metadata } } }))).toEqual([
      'InvalidSpec spec.target.template.metadata.labels.example.com/tier: must be string',
    ]);
  });

  it('keeps labels named __proto__ and constructor as the labels that they are', () => {
    const labels = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}');
    const parsed = parse('ExternalSecret', manifest({ target: { template: { metadata: { labels } } } }), 'refuse');
    if (!parsed.ok) throw new Error(JSON.stringify(parsed));
    expect(Object.entries(parsed.value.spec.target.template?.metadata?.labels ?? {})).toEqual(Object.entries(labels));
    expect({}).not.toHaveProperty('a');
  });

  for (const input of [null, undefined, 'text', 7, true, [], {}, { spec: null }, { spec: [] }, { spec: 'x' }]) {
    it(`refuses ${JSON.stringify(input)} without throwing`, () => {
      expect(parse('ExternalSecret', input)).toMatchObject({ ok: false });
    });
  }
});

describe('the corpus', () => {
  for (const { title, manifest: object } of readCorpus('valid')) {
    it(`is taken by parse: ${title}`, () => expect(parse(object.kind, object, 'refuse')).toMatchObject({ ok: true }));
  }

  for (const { title, manifest: object, expected } of readCorpus('invalid')) {
    it(`is refused by parse: ${title}`, () => {
      const parsed = parse(object.kind, object, 'refuse');
      expect(parsed.ok ? [] : parsed.faults.map(({ subject }) => subject)).toContain(expected);
    });
  }
});
