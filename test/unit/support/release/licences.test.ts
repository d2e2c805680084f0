import { describe, expect, it } from 'vitest';
import { printLicences, refuseLicences } from '../../../support/release/licences.ts';
import type { BundledPackage } from '../../../support/release/packages.ts';

const packageOf = (fields: Partial<BundledPackage>): BundledPackage => ({
  name: 'a',
  version: '1.0.0',
  licence: 'MIT',
  source: 'https://example.com/a',
  sha512: undefined,
  texts: ['Do what you like.'],
  imports: [],
  ...fields,
});

describe('the licences of what is bundled', () => {
  it('are printed once for all packages that have the same text', () => {
    const printed = printLicences([packageOf({}), packageOf({ name: 'b', source: undefined })], '');
    expect(printed).toContain('a 1.0.0 (MIT) https://example.com/a\nb 1.0.0 (MIT)\n\nDo what you like.\n');
    expect(printed.match(/Do what you like/g)).toHaveLength(1);
  });

  it('are printed with the notices', () => {
    expect(printLicences([packageOf({ texts: ['licence', 'notice'] })], '')).toContain('licence\n\nnotice');
  });

  it('have the text of the Apache licence where a package under it brings none', () => {
    expect(printLicences([packageOf({ licence: 'Apache-2.0', texts: [] })], 'Apache License\n')).toContain(
      'Apache License',
    );
  });

  it('are missed where a package brings none', () => {
    expect(() => printLicences([packageOf({ texts: [] })], '')).toThrow('a@1.0.0 brings no text of its licence, MIT');
  });

  it.for([
    [{ licence: 'GPL-3.0-only' }, ['a@1.0.0: GPL-3.0-only is not on the list']],
    [{ licence: 'UNLICENSED' }, ['a@1.0.0: UNLICENSED is not on the list']],
    [{ licence: 'MPL-2.0', source: undefined }, ['a@1.0.0 does not say where its source is']],
    [{ licence: 'MPL-2.0' }, []],
    [{}, []],
  ] as const)('may be %o: %o', ([fields, wrongs]) => {
    expect(refuseLicences([packageOf(fields)])).toEqual(wrongs);
  });
});
