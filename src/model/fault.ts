/** When a key whose work ended with the fault is looked at again. */
export type Retry = 'onChange' | 'onInterval' | 'withBackoff';

interface Handling {
  readonly retry: Retry;
  /** Faults of AWS that pass: a Secret that was in sync stays `Ready=True` through them until its data is too old. */
  readonly passes?: true;
}

/**
 * Every fault there is. The kind is the condition reason, the event reason and the metric label; the order is the order of
 * precedence when several faults meet. docs/conditions.md has a row for each, held to this table by a test.
 */
export const faults = {
  InvalidSpec: { retry: 'onChange' },
  InvalidTemplate: { retry: 'onChange' },
  // The value, too, decides how much an expression costs.
  ExpressionTooCostly: { retry: 'onInterval' },
  StoreNotFound: { retry: 'onInterval' },
  StoreNotAllowed: { retry: 'onInterval' },
  SecretNotFound: { retry: 'onInterval' },
  ParameterNotFound: { retry: 'onInterval' },
  VersionNotFound: { retry: 'onInterval' },
  MarkedForDeletion: { retry: 'onInterval' },
  AccessDenied: { retry: 'onInterval' },
  DecryptionFailed: { retry: 'onInterval' },
  AssumeRoleDenied: { retry: 'onInterval' },
  CredentialsInvalid: { retry: 'onInterval' },
  ValueNotDecodable: { retry: 'onInterval' },
  ValueNotJSON: { retry: 'onInterval' },
  PropertyNotFound: { retry: 'onInterval' },
  InvalidKey: { retry: 'onInterval' },
  KeyCollision: { retry: 'onInterval' },
  SecretTooLarge: { retry: 'onInterval' },
  TargetNotFound: { retry: 'onInterval' },
  TargetConflict: { retry: 'onInterval' },
  TargetImmutable: { retry: 'onInterval' },
  TargetRefused: { retry: 'onInterval' },
  Throttled: { retry: 'withBackoff', passes: true },
  SourceUnavailable: { retry: 'withBackoff', passes: true },
  CredentialsUnavailable: { retry: 'withBackoff', passes: true },
  ClusterUnavailable: { retry: 'withBackoff' },
  RestartRefused: { retry: 'withBackoff' },
  Internal: { retry: 'withBackoff' },
} as const satisfies Record<string, Handling>;

export type FaultKind = keyof typeof faults;

/** One thing that is wrong, in the user's terms. None of its texts may hold a value, a request id or a clock time. */
export interface Fault {
  readonly kind: FaultKind;
  /** The field or object it is about: `spec.data[2]`, `SecretStore/aws`. */
  readonly subject: string;
  /** What is wrong, and the cure: whole sentences without the closing full stop. */
  readonly detail: string;
  /** In place of its kind's, where this one hangs on what AWS holds and may pass without a change of the spec. */
  readonly retry?: Retry;
  /** AWS has said that there is no secret or parameter of that name; that it cannot be had, or is no valid name, is something else. */
  readonly isAbsence?: true;
}

const order = new Map<string, number>(Object.keys(faults).map((kind, at) => [kind, at]));

/** How the fault of this kind is handled. */
export const handlingOf = (kind: FaultKind): Handling => faults[kind];

/** When a key whose work ended with this fault is looked at again. */
export const retryOf = (fault: Fault): Retry => fault.retry ?? handlingOf(fault.kind).retry;

/** The faults by precedence, then by subject and text, so that the same set always reads the same. */
export function sortFaults(found: readonly Fault[]): readonly Fault[] {
  return found.toSorted(
    (a, b) =>
      (order.get(a.kind) ?? 0) - (order.get(b.kind) ?? 0) ||
      a.subject.localeCompare(b.subject, 'en', { numeric: true }) ||
      a.detail.localeCompare(b.detail, 'en'),
  );
}

/** The fault as one line of a condition message. */
export const describeFault = (fault: Fault): string => `${fault.subject}: ${fault.detail}`;
