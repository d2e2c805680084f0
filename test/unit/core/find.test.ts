import { describe, expect, it } from 'vitest';
import { membersOf, planFind } from '../../../src/core/find.ts';
import { storeOf } from '../../support/builders.ts';

type Find = Parameters<typeof planFind>[0];

const STORE = storeOf({ keyPrefix: 'shop/' });

function membersAmong(
  names: readonly string[],
  find: Find,
  store = STORE,
  admits: (name: string) => boolean = () => true,
) {
  const criteria = planFind(find, 'spec.dataFrom[0]', store);
  if (!criteria.ok) throw new Error(JSON.stringify(criteria.faults));
  const found = names.map((key) => ({ ref: { service: 'SecretsManager', key } as const }));
  const members = membersOf(criteria.value, admits, found, 'spec.dataFrom[0]');
  return members.ok ? members.value.map(({ ref }) => ref.key) : members.faults;
}

describe('the members of a find', () => {
  const cases: readonly { it: string; glob: string; names: readonly string[]; want: readonly string[] }[] = [
    { it: 'match the glob behind the keyPrefix', glob: 'd*', names: ['shop/db', 'shop/x', 'd'], want: ['shop/db'] },
    { it: 'match it as a whole', glob: 'db', names: ['shop/db', 'shop/db2'], want: ['shop/db'] },
    { it: 'match * across slashes', glob: '*-x', names: ['shop/a/b-x', 'shop/a-xy'], want: ['shop/a/b-x'] },
    { it: 'match ? for one character', glob: 'd?', names: ['shop/db', 'shop/d', 'shop/dbx'], want: ['shop/db'] },
    {
      it: 'are in one order, each once',
      glob: '*',
      names: ['shop/b', 'shop/a', 'shop/B', 'shop/a'],
      want: ['shop/B', 'shop/a', 'shop/b'],
    },
  ];
  for (const { it: name, glob, names, want } of cases) {
    it(name, () => expect(membersAmong(names, { name: { glob } })).toEqual(want));
  }

  it('have the keyPrefix as it is written, whatever stands in it', () => {
    const store = storeOf({ keyPrefix: 'te*m/' });
    expect(membersAmong(['team/a', 'te*m/a'], { name: { glob: '*' } }, store)).toEqual(['te*m/a']);
  });

  it('are those that the store lets be read', () => {
    const admits = (name: string): boolean => name !== 'shop/b';
    expect(membersAmong(['shop/a', 'shop/b'], { name: { glob: '*' } }, STORE, admits)).toEqual(['shop/a']);
  });

  it('may be 500, and not one more', () => {
    const names = Array.from({ length: 501 }, (_, at) => `shop/${at}`);
    expect(membersAmong(names.slice(1), { name: { glob: '*' } })).toHaveLength(500);
    expect(membersAmong(names, { name: { glob: '*' } })).toMatchObject([
      { kind: 'InvalidSpec', detail: expect.stringContaining('narrow it by path, name or tags') },
    ]);
  });

  it('that there are not, are told with what was looked for', () => {
    const [fault] = membersAmong([], { path: 'db', name: { glob: '*-x' }, tags: { env: 'prod', team: 'a' } });
    expect(fault).toMatchObject({
      kind: 'SecretNotFound',
      subject: 'spec.dataFrom[0]',
      detail: expect.stringContaining(
        'no secret in eu-west-1 that begins with "shop/db/" and matches "shop/*-x" and bears the tags "env=prod, team=a"',
      ),
    });
  });
});
