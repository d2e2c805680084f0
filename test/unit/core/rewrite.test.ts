import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Rewrite } from '../../../src/core/plan.ts';
import { rewriteKey } from '../../../src/core/rewrite.ts';

const cases: readonly { it: string; key: string; rewrites: readonly Rewrite[]; want: string }[] = [
  { it: 'leaves a key as it is without rewrites', key: 'a/B', rewrites: [], want: 'a/B' },
  { it: 'takes a prefix away', key: '/prod/db/user', rewrites: [{ prefix: { remove: '/prod/db/' } }], want: 'user' },
  { it: 'takes a prefix away once', key: 'aab', rewrites: [{ prefix: { remove: 'a' } }], want: 'ab' },
  {
    it: 'puts a prefix before keys that had none to take away',
    key: 'user',
    rewrites: [{ prefix: { remove: 'x', add: 'db_' } }],
    want: 'db_user',
  },
  {
    it: 'puts a prefix in place of another',
    key: 'old_user',
    rewrites: [{ prefix: { remove: 'old_', add: 'new_' } }],
    want: 'new_user',
  },
  { it: 'does nothing with an empty prefix', key: 'user', rewrites: [{ prefix: {} }], want: 'user' },
  { it: 'replaces every place', key: 'a/b/c', rewrites: [{ replace: { from: '/', to: '_' } }], want: 'a_b_c' },
  { it: 'reads no pattern', key: 'a.b', rewrites: [{ replace: { from: '.', to: '$&-$1' } }], want: 'a$&-$1b' },
  { it: 'replaces by nothing', key: 'a/b', rewrites: [{ replace: { from: '/', to: '' } }], want: 'ab' },
  { it: 'writes upper case', key: 'aÖ-b', rewrites: [{ case: 'Upper' }], want: 'AÖ-B' },
  { it: 'writes lower case', key: 'A_B', rewrites: [{ case: 'Lower' }], want: 'a_b' },
  {
    it: 'goes in order',
    key: 'a/b',
    rewrites: [{ case: 'Upper' }, { replace: { from: '/', to: '_' } }, { prefix: { remove: 'A_', add: 'x' } }],
    want: 'xB',
  },
];
for (const { it: name, key, rewrites, want } of cases) it(name, () => expect(rewriteKey(key, rewrites)).toBe(want));

it('replaces as splitting and joining does, whatever the texts', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 1 }), fc.string(), (key, from, to) => {
      expect(rewriteKey(key, [{ replace: { from, to } }])).toBe(key.split(from).join(to));
    }),
  );
});
