import { Failure } from './failure.ts';
import { ensurePart } from './parts.ts';
import { runCommand } from './processes.ts';

// Built while the file that asks is loaded, not within a test that is timed.
const command = await ensurePart('judge');

/** One entry of Flux's healthCheckExprs, without what it is about. */
export interface Expressions {
  readonly inProgress?: string;
  readonly failed?: string;
  readonly current?: string;
}

/** What a GitOps tool is asked. */
export type Question =
  /** By the rules of kstatus: `InProgress`, `Current`, `Failed` or `Terminating`. */
  | { readonly ask: 'kstatus'; readonly object: object }
  /** By a health check of Argo CD: `Healthy`, `Progressing`, `Degraded` or `Suspended`. */
  | { readonly ask: 'lua'; readonly object: object; readonly script: string }
  /** By Flux's healthCheckExprs, in the words of kstatus, without a message. */
  | { readonly ask: 'cel'; readonly object: object; readonly expressions: Expressions }
  /** What Argo CD applies for `target` to the live object, with RespectIgnoreDifferences and these jqPathExpressions. */
  | { readonly ask: 'respect'; readonly object: object; readonly target: object; readonly paths: readonly string[] };

export interface Answer {
  readonly status?: string;
  readonly message?: string;
  readonly object?: object;
}

/** Asks the programs that the tools themselves are made of. Throws where one cannot tell, as a script with an error. */
export async function judge(questions: readonly Question[]): Promise<readonly Answer[]> {
  const { code, stdout, stderr } = await runCommand(command, [], { input: JSON.stringify(questions) });
  if (code !== 0) throw new Failure(`judge ended with ${code}: ${stderr.trim()}`);
  const answers: readonly (Answer & { readonly error?: string })[] = JSON.parse(stdout);
  const errors = answers.flatMap(({ error }, at) => (error === undefined ? [] : [`question ${at}: ${error}`]));
  if (errors.length > 0) throw new Failure(errors.join('\n'));
  return answers;
}
