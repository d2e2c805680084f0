import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readObjectMeta, readWorkloadMeta } from '../../../src/kube/object-meta.ts';

const least = { name: 'a', uid: 'u', resourceVersion: '1' };

describe('the metadata of an object', () => {
  it('is whole even where the API server sends next to nothing', () => {
    expect(readObjectMeta({ metadata: { ...least, labels: null, annotations: null, ownerReferences: null } })).toEqual({
      ...least,
      namespace: '',
      generation: 0,
      creationTimestamp: '',
      labels: {},
      annotations: {},
      ownerReferences: [],
    });
  });

  it('leaves managedFields and the rest outside', () => {
    const metadata = { ...least, managedFields: [{}], selfLink: 'x', generateName: 'y' };
    expect(Object.keys(readObjectMeta({ metadata }) ?? {})).not.toContain('managedFields');
    expect(readObjectMeta({ metadata })).not.toHaveProperty('deletionTimestamp');
  });

  it('is undefined for what is no object, and never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(readObjectMeta(value)).toBeUndefined();
        expect(readObjectMeta({ metadata: value })).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  it('takes any shape of the members that are not needed', () => {
    const any = fc.jsonValue();
    const shape = fc.record({ labels: any, annotations: any, ownerReferences: any, generation: any, namespace: any });
    fc.assert(
      fc.property(shape, (more) => {
        expect(readObjectMeta({ metadata: { ...more, ...least } })?.name).toBe('a');
      }),
      { numRuns: 50 },
    );
  });
});

describe('the metadata of a workload', () => {
  const whole = (annotations?: object): object => ({
    metadata: least,
    spec: { template: { metadata: { annotations } } },
  });

  it('has those annotations of its pod template that ask for restarts, and no others', () => {
    const asking = { 'reloader.stakater.com/auto': 'true', 'secret.reloader.stakater.com/reload': 'db' };
    expect(readWorkloadMeta(whole({ ...asking, 'example.com/a': 'b' }))?.templateAnnotations).toEqual(asking);
  });

  it('is like that of others where there are none', () => {
    for (const object of [whole(), whole({ 'example.com/a': 'b' }), { metadata: least }])
      expect(readWorkloadMeta(object)).toEqual(readObjectMeta({ metadata: least }));
    expect(readWorkloadMeta({})).toBeUndefined();
  });
});
