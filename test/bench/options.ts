import { parseArgs } from 'node:util';
import { Failure } from '../support/failure.ts';
import type { Row } from './bench-run.ts';
import { rows } from './rows.ts';

export interface BenchOptions {
  readonly help: boolean;
  /** What to measure, each for so many ExternalSecrets. */
  readonly rows: readonly { readonly row: Row; readonly count: number }[];
  readonly output: Output;
  /** A file for the JSON. */
  readonly file?: string;
  /** Fails when a figure misses its bound. */
  readonly check: boolean;
  readonly profile: boolean;
}

const OUTPUTS = ['table', 'json', 'markdown'] as const;
type Output = (typeof OUTPUTS)[number];

const padded = (name: string): string => name.padEnd(14);

export const HELP = `The Keyferry bench: what the operator takes, on a control plane and an AWS of its own, held against its bounds.

  npm run bench                           all rows
  npm run bench -- --quick                the rows that 1,000 ExternalSecrets are enough for
  npm run bench -- cold --count 5000      one row, or several, for another number of ExternalSecrets
  npm run bench -- cold --profile         with a CPU profile of every operator, and where its time went

Rows:
${rows.map(({ name, what, count }) => `  ${padded(name)} ${what} (${count.toLocaleString('en')})`).join('\n')}

Flags:
  --count N        ExternalSecrets in each of the rows that are named
  --quick          without the rows of 10,000
  --check          exit code 1 when a figure misses its bound
  -o, --output F   table (as it comes), json, or markdown (for docs/performance.md)
  --out FILE       writes the JSON to a file, whatever is printed
  --profile        writes CPU and heap profiles of the operators, and prints what took and what holds most
  -h, --help       this text

Times are held against the floor: a bare client that creates as many Secrets and writes as many statuses on the same API server, just before and after.
Exit codes: 0 when all was measured, 1 when that failed, or with --check when a bound was missed, 2 for a mistake on the command line.
`;

const bad = (message: string): Failure => new Failure(`${message}; see npm run bench -- --help`, 2);

/** Reads the command line; what is not known is an error that names it. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = readFlags(args);
  const { help = false, quick = false, check = false, profile = false, count, output = 'table', out } = values;
  if (out === '') throw bad('--out: want the name of a file');
  return {
    help,
    rows: chooseRows(positionals, quick, count),
    output: outputOf(output),
    check,
    profile,
    ...(out === undefined ? {} : { file: out }),
  };
}

function chooseRows(names: readonly string[], quick: boolean, count: string | undefined): BenchOptions['rows'] {
  const unknown = names.find((name) => !rows.some((row) => row.name === name));
  if (unknown !== undefined) throw bad(`there is no row ${unknown}: want ${rows.map(({ name }) => name).join(', ')}`);
  const number = count === undefined ? undefined : countOf(count);
  if (number !== undefined && names.length === 0) throw bad('--count: say of which rows, such as: cold --count 5000');
  const chosen = rows.filter(({ name }) => names.length === 0 || names.includes(name));
  return chosen.flatMap((row) => {
    const own = quick ? (row.quickCount ?? (names.length > 0 ? row.count : undefined)) : row.count;
    return own === undefined ? [] : [{ row, count: number ?? own }];
  });
}

function outputOf(text: string): Output {
  const output = OUTPUTS.find((each) => each === text);
  if (output === undefined) throw bad(`--output: want ${OUTPUTS.join(', ')}, got ${text}`);
  return output;
}

const MOST = 50_000;

function countOf(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= MOST) return count;
  throw bad(`--count: want a number from 1 to ${MOST}, got ${text}`);
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        quick: { type: 'boolean' },
        check: { type: 'boolean' },
        profile: { type: 'boolean' },
        count: { type: 'string' },
        output: { type: 'string', short: 'o' },
        out: { type: 'string' },
      },
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const unknown = /Unknown option '([^']+)'/.exec(message)?.[1];
    throw bad(unknown === undefined ? (message.split('. ')[0] ?? message) : `unknown flag ${unknown}`);
  }
}
