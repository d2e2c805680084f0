/** What may be told of something that was thrown. */
export interface ErrorFields {
  readonly [field: string]: string | number | readonly string[] | undefined;
  /** The error's name. */
  readonly error: string;
  readonly code?: string | number;
  /** The HTTP status, where one was in play. */
  readonly status?: number;
  /** Names and codes of what caused it, outermost first. */
  readonly causes?: readonly string[];
  /** `at ...` lines. */
  readonly stack?: readonly string[];
}

const DEEPEST_CAUSE = 5;
// Texts of these shapes are chosen by programmers. Anything else may quote a value: V8's own `JSON.parse` does.
const NAME = /^[A-Za-z_$][\w$.]{0,79}$/;
const FRAME = /^\s+(at (?:[\w$.<>#[\] ]+ \()?(?:async )?(?:file:|node:|\/|[A-Za-z]:\\|<anonymous>|index )[^()]*\)?)$/;

/** Describes whatever was thrown by an allow-list of its fields; its message is never among them. */
export function describeError(thrown: unknown): ErrorFields {
  const code = codeOf(thrown);
  const status = statusOf(thrown);
  const causes = causesOf(thrown);
  const stack = framesOf(thrown);
  return {
    error: nameOf(thrown),
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { status }),
    ...(causes.length === 0 ? {} : { causes }),
    ...(stack.length === 0 ? {} : { stack }),
  };
}

function read(thrown: unknown, field: string): unknown {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  try {
    return Reflect.get(thrown, field);
  } catch {
    // A getter that throws must not turn the report of one bug into another.
    return undefined;
  }
}

function nameOf(thrown: unknown): string {
  const name = read(thrown, 'name');
  if (typeof name === 'string' && NAME.test(name)) return name;
  return thrown instanceof Error ? 'Error' : `thrown ${typeof thrown}`;
}

function codeOf(thrown: unknown): string | number | undefined {
  const code = read(thrown, 'code');
  if (typeof code === 'number') return code;
  return typeof code === 'string' && NAME.test(code) ? code : undefined;
}

function statusOf(thrown: unknown): number | undefined {
  const places = [
    read(thrown, 'status'),
    read(thrown, 'statusCode'),
    read(read(thrown, '$metadata'), 'httpStatusCode'),
  ];
  return places.find((status) => typeof status === 'number' && status >= 100 && status <= 599) as number | undefined;
}

function causesOf(thrown: unknown, depth = 1): readonly string[] {
  const members = read(thrown, 'errors');
  const causes = [read(thrown, 'cause'), ...(Array.isArray(members) ? members.slice(0, DEEPEST_CAUSE) : [])];
  if (depth > DEEPEST_CAUSE) return [];
  return causes
    .filter((cause) => cause !== undefined && cause !== null)
    .flatMap((cause) => [[nameOf(cause), codeOf(cause)].filter(Boolean).join(' '), ...causesOf(cause, depth + 1)])
    .slice(0, DEEPEST_CAUSE);
}

// V8 puts the message before the frames, and a message may have lines that look like frames: so it is cut off first.
function framesOf(thrown: unknown): readonly string[] {
  const stack = read(thrown, 'stack');
  if (typeof stack !== 'string') return [];
  const message = read(thrown, 'message');
  const at = typeof message === 'string' ? stack.indexOf(message) : -1;
  const frames = typeof message === 'string' && at >= 0 ? stack.slice(at + message.length) : stack;
  return frames.split('\n').flatMap((line) => FRAME.exec(line)?.[1] ?? []);
}
