/** An expected failure: shown as one line without a stack trace, and turned into an exit code. */
export class Failure extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Something the machine lacks, with the cure in the message. */
export const missing = (message: string): Failure => new Failure(message, 2);

/** What to print for an error that reached the top: only bugs show a stack. */
export function explain(error: unknown): { text: string; exitCode: number } {
  if (error instanceof Failure) return { text: `error: ${error.message}`, exitCode: error.exitCode };
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text: `unexpected error: ${text}`, exitCode: 1 };
}
