import type { Ambient } from '../core/ports.ts';
import { type AwsError, outcomeOf, readAwsError } from './aws-error.ts';
import type { AwsObserver } from './observer.ts';
import { pause } from './pause.ts';
import { backoffMs, MAX_ATTEMPTS } from './retry.ts';
import type { AwsKeys, StsCall, Transport } from './transport.ts';

/** What calls of STS are made with. */
export interface StsMeans {
  readonly transport: Pick<Transport, 'send'>;
  readonly ambient: Ambient;
  readonly observer: Pick<AwsObserver, 'request'>;
}

/** How a call of STS ended: an answer of any shape, or the error of its last attempt. */
export type StsOutcome =
  | { readonly kind: 'answer'; readonly answer: unknown }
  | { readonly kind: 'error'; readonly error: AwsError };

/** Calls the STS of the Region, up to three times while the error is one that passes. Never rejects. */
export async function callSts(
  { transport, ambient, observer }: StsMeans,
  call: StsCall,
  region: string,
  keys: AwsKeys | undefined,
  signal: AbortSignal,
): Promise<StsOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    const startedMs = ambient.nowMs();
    const observe = (outcome: Parameters<AwsObserver['request']>[2]): void =>
      observer.request(call.api, region, outcome, ambient.nowMs() - startedMs);
    try {
      const answer = await transport.send(call, region, keys, signal);
      observe('ok');
      return { kind: 'answer', answer };
    } catch (thrown) {
      const error = readAwsError(thrown);
      observe(signal.aborted ? 'aborted' : outcomeOf(error));
      if (attempt >= MAX_ATTEMPTS || signal.aborted || !passes(error)) return { kind: 'error', error };
      await pause(backoffMs(attempt, error, ambient.random()), signal);
    }
  }
}

// "Couldn't retrieve verification key" passes too.
const passes = (error: AwsError): boolean =>
  error.class === 'throttle' || error.class === 'transient' || /retrieve verification key/i.test(error.message);
