import { ensurePart } from './parts.ts';
import { runCommand } from './processes.ts';

/** A series as Prometheus keeps it; points are pairs of Unix milliseconds and a value. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [ms: number, value: number])[];
}

export interface Range {
  readonly expression: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

interface Question {
  /** What a scrape answers, to be held to the naming rules. */
  readonly exposition?: string;
  /** A file of rule groups, as YAML. */
  readonly rules?: string;
  readonly expressions?: readonly string[];
  readonly series?: readonly Series[];
  /** To be evaluated on the series. */
  readonly ranges?: readonly Range[];
}

interface Answer {
  readonly lint: readonly string[];
  readonly rules: readonly string[];
  readonly expressions: readonly Parsed[];
  readonly ranges: readonly { readonly error?: string; readonly series: readonly Series[] }[];
}

interface Parsed {
  readonly error?: string;
  /** Each alone, without range and offset, and the labels that it matches. */
  readonly selectors: readonly { readonly text: string; readonly labels: readonly string[] }[];
  /** Those that are grouped by or matched on. */
  readonly labels: readonly string[];
}

/** What Prometheus's own parser, linter and engine say. */
export async function askPrometheus(question: Question): Promise<Answer> {
  const { code, stdout, stderr } = await runCommand(await ensurePart('promql'), [], {
    input: JSON.stringify(question),
  });
  if (code !== 0) throw new Error(`promql ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}
