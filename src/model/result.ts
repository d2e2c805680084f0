import type { Fault, FaultKind } from './fault.ts';

/** A value, or every fault that stood in its way. Expected failure is a value here; a throw is a bug. */
export type Result<T> = { readonly ok: true; readonly value: T } | Failed;

export interface Failed {
  readonly ok: false;
  readonly faults: readonly [Fault, ...Fault[]];
}

export const succeed = <T>(value: T): Result<T> => ({ ok: true, value });

/** A failure with one fault. */
export const fail = (kind: FaultKind, subject: string, detail: string): Failed => ({
  ok: false,
  faults: [{ kind, subject, detail }],
});

/** A failure with all of `found`, or undefined when nothing is wrong. */
export function failWith(found: readonly Fault[]): Failed | undefined {
  const [first, ...rest] = found;
  return first === undefined ? undefined : { ok: false, faults: [first, ...rest] };
}
