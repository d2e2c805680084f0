import type { Caller, Iam, Question } from './iam.ts';
import type { Input } from './input.ts';
import { denialText, Refusal } from './refusal.ts';

/** One signed call, on its way through a service. */
export class Call {
  readonly caller: Caller;
  readonly region: string;
  readonly input: Input;
  readonly nowMs: number;
  /** The actions that were denied on the way, also those of single members of a batch. */
  readonly denied: string[];
  readonly #iam: Iam;

  constructor(
    iam: Iam,
    { caller, region, input, nowMs, denied }: Pick<Call, 'caller' | 'region' | 'input' | 'nowMs' | 'denied'>,
  ) {
    this.#iam = iam;
    this.caller = caller;
    this.region = region;
    this.input = input;
    this.nowMs = nowMs;
    this.denied = denied;
  }

  /** True when the caller may; what it may not is noted. */
  may(question: Question): boolean {
    return this.#judge(question).allowed;
  }

  /** Throws AWS's denial unless the caller may. `called` is what the caller called the resource, where it is no ARN. */
  demand(question: Question, called = question.resource): void {
    const verdict = this.#judge(question);
    if (verdict.allowed) return;
    const { action } = question;
    throw new Refusal('AccessDeniedException', denialText(this.caller.arn, action, called, verdict));
  }

  #judge(question: Question) {
    const verdict = this.#iam.judge(this.caller, question);
    if (!verdict.allowed) this.denied.push(question.action);
    return verdict;
  }
}
