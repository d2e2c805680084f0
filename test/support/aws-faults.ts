import type { AwsAnswer } from './aws-errors.ts';
import type { AwsRequest } from './aws-request.ts';

/** What an injected fault does to a call. */
export type FaultResponse =
  | AwsAnswer
  /** Accepts the call and never answers. */
  | { readonly hang: true }
  /** Closes the connection. */
  | { readonly reset: true }
  /** Late, but else as usual. */
  | { readonly delayMs: number }
  /** Status 200 with this instead of a proper body. */
  | { readonly garbage: string };

export interface FaultRule {
  /** Any operation when absent. */
  readonly operation?: string;
  /** Any Region when absent; else calls that are signed for this one. */
  readonly region?: string;
  /** How many calls are hit; all when absent. */
  readonly times?: number;
  readonly match?: (request: AwsRequest) => boolean;
  readonly respond: FaultResponse | ((request: AwsRequest) => FaultResponse);
}

export interface InjectedFault {
  /** How many calls it has hit. */
  hits(): number;
  remove(): void;
}

interface ActiveFault {
  readonly rule: FaultRule;
  hits: number;
}

/** The faults that are injected at the moment. */
export class AwsFaults {
  readonly #faults = new Set<ActiveFault>();

  inject(rule: FaultRule): InjectedFault {
    const fault: ActiveFault = { rule, hits: 0 };
    this.#faults.add(fault);
    return { hits: () => fault.hits, remove: () => void this.#faults.delete(fault) };
  }

  /** What happens to the call; undefined when no fault hits it. */
  strike(asked: AwsRequest): FaultResponse | undefined {
    for (const fault of this.#faults) {
      const { operation, region, times = Number.POSITIVE_INFINITY, match, respond } = fault.rule;
      if (fault.hits >= times || (operation !== undefined && operation !== asked.operation)) continue;
      if (region !== undefined && region !== asked.region) continue;
      if (match !== undefined && !match(asked)) continue;
      fault.hits++;
      return typeof respond === 'function' ? respond(asked) : respond;
    }
    return undefined;
  }
}

/** The whole answer that a fault gives in AWS's place; undefined when it only delays. */
export function faultyAnswer(fault: FaultResponse): AwsAnswer | undefined {
  if ('garbage' in fault) return { status: 200, body: fault.garbage };
  return 'status' in fault ? fault : undefined;
}
