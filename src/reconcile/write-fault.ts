import type { WriteOutcome } from '../core/ports.ts';
import type { Fault } from '../model/fault.ts';

/** What a write that did not take place means for the Secret, or undefined where the world has moved and a second look helps. */
export function faultOfWrite(outcome: WriteOutcome, subject: string): Fault | undefined {
  switch (outcome.kind) {
    case 'unavailable':
      return outcome.fault;
    case 'tooLarge':
      return {
        kind: 'SecretTooLarge',
        subject,
        detail: 'is more than the cluster stores in one object; split it over several ExternalSecrets',
      };
    case 'refused':
      return { kind: 'TargetRefused', subject, detail: `the cluster refuses it: ${outcome.cause}` };
    default:
      return undefined;
  }
}
