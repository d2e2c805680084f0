/** Prints the story: a time, a sign, what it is about, and what happened. Colours only for a terminal that wants them. */
export interface Teller {
  heading(text: string): void;
  /** Something that is under way. */
  doing(subject: string, text: string): void;
  /** Something that was seen to have happened. */
  done(subject: string, text: string): void;
  /** More about the line before. */
  detail(text: string): void;
  failed(subject: string, text: string): void;
  plain(text: string): void;
}

const SUBJECT_WIDTH = 15;
const DETAIL_INDENT = ' '.repeat(12 + SUBJECT_WIDTH);

export function createTeller(out: NodeJS.WriteStream = process.stdout): Teller {
  const startedAt = Date.now();
  const isColoured = out.isTTY === true && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';
  const paint = (code: number, text: string): string => (isColoured ? `\x1b[${code}m${text}\x1b[0m` : text);
  const line = (text: string): void => void out.write(`${text}\n`);
  const told = (sign: string, subject: string, text: string): void => {
    const time = `${((Date.now() - startedAt) / 1000).toFixed(1)}s`.padStart(7);
    line(`${paint(2, time)}  ${sign} ${paint(1, subject.padEnd(SUBJECT_WIDTH))} ${text}`);
  };
  return {
    heading: (text) => line(`\n  ${paint(1, text)}\n`),
    doing: (subject, text) => told(paint(36, '→'), subject, text),
    done: (subject, text) => told(paint(32, '✓'), subject, text),
    detail: (text) => line(`${DETAIL_INDENT}${paint(2, text)}`),
    failed: (subject, text) => told(paint(31, '✗'), subject, text),
    plain: line,
  };
}
