import { describe, expect, it } from 'vitest';
import { MANAGED_LABEL, OWNER_LABEL } from '../../../src/api/names.ts';
import { isOwned, ownerReferenceTo, ownership, targetOf } from '../../../src/core/target.ts';
import { specOf } from '../../support/builders.ts';

const owner = { namespace: 'shop', name: 'db', uid: 'uid-db' };
const ours = ownerReferenceTo(owner);
const foreign = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'uid-x' };

describe('the target', () => {
  it('has the name of the ExternalSecret', () =>
    expect(targetOf(specOf(), owner)).toEqual({ namespace: 'shop', name: 'db' }));
  it('has the name that the spec gives', () => {
    expect(targetOf(specOf({ target: { name: 'other' } }), owner)).toEqual({ namespace: 'shop', name: 'other' });
  });
});

describe('a Secret is ours', () => {
  const cases: readonly {
    it: string;
    labels?: Record<string, string>;
    references?: (typeof foreign)[];
    want: boolean;
  }[] = [
    { it: 'by the uid of its ownerReference', references: [foreign, ours], want: true },
    { it: 'by its owner label', labels: { [OWNER_LABEL]: 'uid-db' }, want: true },
    { it: 'not by the name of an owner that was another', references: [{ ...ours, uid: 'uid-old' }], want: false },
    { it: 'not by the managed label', labels: { [MANAGED_LABEL]: 'true' }, want: false },
    { it: 'not by another’s label', labels: { [OWNER_LABEL]: 'uid-x' }, want: false },
    { it: 'not when it says nothing', want: false },
  ];
  for (const { it: name, labels = {}, references = [], want } of cases) {
    it(name, () => expect(isOwned({ labels, ownerReferences: references }, 'uid-db')).toBe(want));
  }
});

describe('what marks a Secret as ours', () => {
  const none = { labels: {}, ownerReferences: [] };

  it('is an ownerReference that blocks nothing, and both labels', () => {
    expect(ownership('Owner', owner, none)).toEqual({
      labels: { [MANAGED_LABEL]: 'true', [OWNER_LABEL]: 'uid-db' },
      ownerReferences: [
        {
          apiVersion: 'keyferry.dev/v1alpha1',
          kind: 'ExternalSecret',
          name: 'db',
          uid: 'uid-db',
          controller: true,
          blockOwnerDeletion: false,
        },
      ],
    });
  });

  it('is only the labels for an orphan', () => {
    expect(ownership('Orphan', owner, { labels: {}, ownerReferences: [ours, foreign] })).toEqual({
      labels: { [MANAGED_LABEL]: 'true', [OWNER_LABEL]: 'uid-db' },
      ownerReferences: [foreign],
    });
  });

  it('leaves labels and owners of others where they are', () => {
    const spoilt = { ...ours, controller: false, blockOwnerDeletion: true };
    const present = { labels: { app: 'shop' }, ownerReferences: [foreign, spoilt, { ...foreign, uid: 'uid-y' }] };
    const marked = ownership('Owner', owner, present);
    expect(marked.labels).toMatchObject({ app: 'shop' });
    expect(marked.ownerReferences).toEqual([foreign, ours, { ...foreign, uid: 'uid-y' }]);
  });

  for (const policy of ['Owner', 'Orphan'] as const) {
    it(`is no other the second time, as ${policy}`, () => {
      const once = ownership(policy, owner, { labels: { app: 'shop' }, ownerReferences: [foreign] });
      expect(ownership(policy, owner, once)).toEqual(once);
      expect(isOwned(once, owner.uid)).toBe(true);
    });
  }
});
