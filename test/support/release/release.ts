import { readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { parse } from 'yaml';
import { explain, Failure } from '../failure.ts';
import { inRepository } from '../repository.ts';
import { notesOf } from './changelog.ts';
import { bindValues } from './released-chart.ts';

// What the release workflow does beside calling tools: each a command, so that it runs here as it runs there.

const read = (...path: string[]): string => readFileSync(inRepository(...path), 'utf8');
const VALUES = ['charts', 'keyferry', 'values.yaml'];

/** Checks that a tag is what this checkout is the release of, and answers with what the changelog says of it. */
export function checkRelease(tag: string): string {
  const { version }: { version: string } = JSON.parse(read('package.json'));
  const chart: { version: string; appVersion: string } = parse(read('charts', 'keyferry', 'Chart.yaml'));
  const versions = {
    'package.json': version,
    'version in Chart.yaml': chart.version,
    'appVersion in Chart.yaml': chart.appVersion,
  };
  const wrong = Object.entries(versions).filter(([, found]) => `v${found}` !== tag);
  if (wrong.length > 0)
    throw new Failure(`the tag is ${tag}, but ${wrong.map(([place, found]) => `${place} is ${found}`).join(', ')}`);
  return notesOf(read('CHANGELOG.md'), version);
}

async function main(args: readonly string[]): Promise<void> {
  const program = new Command('release');
  program
    .command('notes <tag>')
    .description('check that the tag fits package.json, chart and changelog, and print what changed')
    .action((tag: string) => void process.stdout.write(checkRelease(tag)));
  program
    .command('bind-chart <repository> <digest>')
    .description('write into the values of the chart which image it runs')
    .action((repository: string, digest: string) => {
      writeFileSync(inRepository(...VALUES), bindValues(read(...VALUES), repository, digest));
    });
  await program.parseAsync([...args], { from: 'user' });
}

if (import.meta.main) {
  await main(process.argv.slice(2)).catch((error: unknown) => {
    const { text, exitCode } = explain(error);
    console.error(text);
    process.exitCode = exitCode;
  });
}
