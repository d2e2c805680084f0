import { describe, expect, it } from 'vitest';
import { HELP, parseOptions } from '../../bench/options.ts';
import { rows } from '../../bench/rows.ts';

const chosen = (...args: string[]): string[] => parseOptions(args).rows.map(({ row, count }) => `${row.name} ${count}`);

describe('the command line of the bench', () => {
  it('means all rows, each of its own size, when it says nothing', () => {
    expect(chosen()).toEqual(rows.map(({ name, count }) => `${name} ${count}`));
  });

  it('picks rows and sizes', () => {
    expect(chosen('restart', 'cold', '--count', '5000')).toEqual(['cold 5000', 'restart 5000']);
  });

  it('leaves the large rows out, or makes them small, with --quick', () => {
    const counts = parseOptions(['--quick']).rows.map(({ count }) => count);
    expect(Math.max(...counts)).toBeLessThanOrEqual(5_000);
    expect(counts.length).toBeGreaterThan(0);
  });

  it('takes the rest of its flags', () => {
    const { output, file, check, profile } = parseOptions(['-o', 'json', '--out', 'a.json', '--check', '--profile']);
    expect({ output, file, check, profile }).toEqual({ output: 'json', file: 'a.json', check: true, profile: true });
  });

  const mistakes: readonly (readonly [args: string, says: string])[] = [
    ['warm', 'there is no row warm: want cold, '],
    ['--rows', 'unknown flag --rows'],
    ['cold --count many', '--count: want a number from 1 to 50000, got many'],
    ['cold --count 0', '--count: want a number from 1 to 50000, got 0'],
    ['cold --count 1e3', '--count: want a number from 1 to 50000, got 1e3'],
    ['cold --count', "Option '--count <value>' argument missing"],
    ['--count 5', '--count: say of which rows, such as: cold --count 5000'],
    ['-o yaml', '--output: want table, json, markdown, got yaml'],
  ];
  for (const [args, says] of mistakes) {
    it(`refuses ${args}, and says what to do`, () => {
      const refused = (): unknown => parseOptions(args.split(' '));
      expect(refused).toThrow(says);
      expect(refused).toThrow('see npm run bench -- --help');
    });
  }

  it('has every row and an example in its help', () => {
    for (const { name } of rows) expect(HELP).toContain(`  ${name} `);
    expect(HELP).toContain('npm run bench -- cold --count 5000');
  });
});
