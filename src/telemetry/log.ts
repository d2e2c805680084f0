import { pino } from 'pino';
import type { Ambient } from '../core/ports.ts';
import { describeError } from './describe-error.ts';
import { textLine } from './text-line.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

type FieldValue = string | number | boolean | undefined | readonly string[];
export type Fields = Readonly<Record<string, FieldValue>>;

/** One line each. Neither messages nor fields may hold a value that was read from AWS or from a Secret. */
export interface Log {
  debug(msg: string, fields?: Fields): void;
  info(msg: string, fields?: Fields): void;
  warn(msg: string, fields?: Fields): void;
  error(msg: string, fields?: Fields): void;
  /** A bug, at level error: of what was thrown only its name, codes and stack frames are told, never its text. */
  unexpected(msg: string, error: unknown, fields?: Fields): void;
}

/** Where whole lines go, each with its newline. */
export interface LogDestination {
  write(line: string): void;
  /** Writes what still waits. */
  flush(): void;
}

export interface LogOptions {
  /** The least level that is written. */
  readonly level: LogLevel;
  /** JSON lines, or text for people; default json. */
  readonly format?: 'json' | 'text';
  readonly destination: LogDestination;
  readonly ambient: Pick<Ambient, 'nowMs'>;
}

// Written by the log itself; a field of that name would make a line with the same key twice.
const reserved: ReadonlySet<string> = new Set(['level', 'time', 'msg']);

/** A log that writes `{"level","time","msg",...fields}` lines: warnings and errors at once, with all before them, since a process may end after each. */
export function createLog(options: LogOptions): Log {
  const { destination, ambient } = options;
  const write = (line: string): void => destination.write(options.format === 'text' ? textLine(line) : line);
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date(ambient.nowMs()).toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    { write },
  );
  const error = (msg: string, fields?: Fields): void => {
    logger.error(plain(fields), msg);
    destination.flush();
  };
  return {
    debug: (msg, fields) => {
      // Told at each look at each object, and seldom wanted.
      if (logger.isLevelEnabled('debug')) logger.debug(plain(fields), msg);
    },
    info: (msg, fields) => logger.info(plain(fields), msg),
    warn: (msg, fields) => {
      logger.warn(plain(fields), msg);
      destination.flush();
    },
    error,
    unexpected: (msg, thrown, fields) => error(msg, { ...fields, ...describeError(thrown) }),
  };
}

// The types admit no object, and this holds for what was cast past them: an unknown object may hold anything.
function plain(fields: Fields = {}): Record<string, FieldValue> {
  const kept = Object.entries(fields).filter(([name]) => !reserved.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: unknown): FieldValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map((item: unknown) => (typeof item === 'string' ? item : '[object]'));
  return value === undefined ? undefined : '[object]';
}
