import { mkdtempSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBundle } from '../support/build.ts';
import { Failure } from '../support/failure.ts';
import { ensureParts } from '../support/parts.ts';
import { type MainContext, runMain } from '../support/processes.ts';
import { BenchRun } from './bench-run.ts';
import { type Figure, isMissed } from './figure.ts';
import { type BenchOptions, HELP, parseOptions } from './options.ts';
import { printFigure, printMarkdown, printTable } from './table.ts';

/** Measures row after row. What one says is told at once, since all take some minutes. */
async function measureAll({ rows, profile }: BenchOptions, stopped: AbortSignal): Promise<readonly Figure[]> {
  // The profiles are what is asked for, so they stay.
  const run = new BenchRun(profile ? { profileDirectory: mkdtempSync(join(tmpdir(), 'keyferry-profiles-')) } : {});
  const figures: Figure[] = [];
  for (const { row, count } of rows) {
    if (stopped.aborted) break;
    const found = await row.measure(run, count);
    for (const figure of found) process.stderr.write(`${printFigure(figure)}\n`);
    figures.push(...found);
  }
  await run.end();
  return figures;
}

function reportOf(figures: readonly Figure[]): object {
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    node: process.version,
    processors: { count: processors.length, model: processors[0]?.model },
    figures: figures.map((figure) => ({ ...figure, missed: isMissed(figure) })),
  };
}

async function bench({ stopped }: MainContext): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  await ensureParts();
  await buildBundle();
  const figures = await measureAll(options, stopped);
  const json = `${JSON.stringify(reportOf(figures), null, 2)}\n`;
  if (options.file !== undefined) writeReport(options.file, json);
  const printed = {
    table: () => `\n${printTable(figures)}\n`,
    markdown: () => `${printMarkdown(figures)}\n`,
    json: () => json,
  };
  process.stdout.write(printed[options.output]());
  return options.check && figures.some(isMissed) ? 1 : 0;
}

function writeReport(path: string, json: string): void {
  try {
    writeFileSync(path, json);
  } catch (error) {
    throw new Failure(`--out: ${error instanceof Error ? error.message : String(error)}`);
  }
}

await runMain(bench);
