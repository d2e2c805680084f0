import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { duration } from './parts/progress.ts';
import { ensurePart, ensureParts } from './parts.ts';
import { runDirectory, runMain, startChild } from './processes.ts';
import { inRepository, ROOT } from './repository.ts';

// All checks of the project, one after another. A step that fails hides no other, except those that cannot run without
// it; the last line sums up.

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Step {
  readonly title: string;
  /** The steps that must have passed. */
  readonly needs?: readonly string[];
  /** Answers whether it passed, or with the counts of its tests. */
  run(): Promise<boolean | Counts>;
}

interface Outcome extends Counts {
  readonly title: string;
  readonly took: string;
  readonly isOk: boolean;
}

const NONE: Counts = { passed: 0, failed: 0, skipped: 0 };

async function tool(name: string, args: readonly string[] = []): Promise<boolean> {
  const child = startChild(inRepository('node_modules', '.bin', name), args, { name, cwd: ROOT, terminal: true });
  return (await child.exited).code === 0;
}

/** What vitest's JSON report says, as far as it is read here. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** Runs vitest in the terminal, or says nothing until it has ended and then all at once. */
async function vitest(args: readonly string[], terminal = true): Promise<Counts> {
  const file = join(runDirectory('vitest'), 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const command = inRepository('node_modules', '.bin', 'vitest');
  const child = startChild(command, ['run', ...reporters, ...args], { name: 'vitest', cwd: ROOT, terminal });
  const { code } = await child.exited;
  if (!terminal) console.log(child.log());
  const counts = existsSync(file) ? countTests(JSON.parse(readFileSync(file, 'utf8'))) : NONE;
  // A setup that failed, or an error outside of every test.
  return code === 0 || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

/** The end-to-end tests in two halves at once, each with a control plane of its own: most of their time they wait. */
async function endToEnd(): Promise<Counts> {
  const halves = [1, 2].map((half) => vitest(['--project', 'e2e', `--shard=${half}/2`], half === 1));
  const [first = NONE, second = NONE] = await Promise.all(halves);
  return {
    passed: first.passed + second.passed,
    failed: first.failed + second.failed,
    skipped: first.skipped + second.skipped,
  };
}

function countTests(report: Report): Counts {
  // Files that could not be loaded, or whose setup failed: no test of theirs failed, but none was run either.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

const STEPS: readonly Step[] = [
  { title: 'lint', run: () => tool('biome', ['check', '.']) },
  { title: 'types', run: () => tool('tsc') },
  { title: 'dead code', run: () => tool('knip') },
  { title: 'build', run: () => tool('node', ['test/support/build.ts']) },
  { title: 'real parts', run: ensureAll },
  { title: 'unit', run: () => vitest(['--project', 'unit']) },
  { title: 'conformance', needs: ['real parts'], run: () => vitest(['--project', 'conformance']) },
  { title: 'end to end', needs: ['real parts', 'build'], run: endToEnd },
];

/** What the tests need beyond what the demo does, too: built here, where nothing waits for it. */
async function ensureAll(): Promise<boolean> {
  await ensureParts();
  for (const part of ['judge', 'actionlint'] as const) await ensurePart(part);
  return true;
}

async function runStep({ title, needs = [], run }: Step, failed: ReadonlySet<string>): Promise<Outcome> {
  const missing = needs.find((need) => failed.has(need));
  if (missing !== undefined) return { title: `${title} (not run: ${missing} failed)`, took: '', isOk: false, ...NONE };
  console.log(`\n── ${title}`);
  const startedAt = Date.now();
  const result = await run().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return false;
  });
  const counts = typeof result === 'boolean' ? NONE : result;
  const isOk = result !== false && counts.failed === 0;
  const outcome = { title, took: duration(Date.now() - startedAt), isOk, ...counts };
  console.log(describe(outcome));
  return outcome;
}

const describe = ({ title, took, isOk, passed, failed, skipped }: Outcome): string =>
  `${isOk ? 'pass' : 'FAIL'}  ${title}  ${passed + failed + skipped > 0 ? `${sum({ passed, failed, skipped })}  ` : ''}${took}`;

const sum = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

/** A step that failed without a test to blame counts as one failure, so that the sum never looks green when it is not. */
function addUp(outcomes: readonly Outcome[]): Counts {
  const total = (pick: (outcome: Outcome) => number): number =>
    outcomes.reduce((sumSoFar, outcome) => sumSoFar + pick(outcome), 0);
  return {
    passed: total(({ passed }) => passed),
    failed: total(({ failed, isOk }) => (isOk ? 0 : Math.max(failed, 1))),
    skipped: total(({ skipped }) => skipped),
  };
}

await runMain(async ({ stopped }) => {
  const args = process.argv.slice(2);
  const steps: readonly Step[] = args.length === 0 ? STEPS : [{ title: 'tests', run: () => vitest(args) }];
  const outcomes: Outcome[] = [];
  const failed = new Set<string>();
  for (const step of steps) {
    if (stopped.aborted) return 130;
    const outcome = await runStep(step, failed);
    outcomes.push(outcome);
    if (!outcome.isOk) failed.add(step.title);
  }
  console.log(`\n${outcomes.map(describe).join('\n')}\n`);
  const counts = addUp(outcomes);
  console.log(sum(counts));
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
});
