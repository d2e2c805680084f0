import type { Fault } from '../model/fault.ts';
import type { ObjectKey, ObjectMeta } from './ports.ts';
import type { Owner } from './target.ts';

interface Claim {
  readonly owner: Owner;
  readonly target: ObjectKey;
  readonly creationTimestamp: string;
}

/** Of the ExternalSecrets that want a target which does not exist yet, the oldest makes it; for the others this is a fault. */
export function rivalFault(
  { owner, target, creationTimestamp }: Claim,
  claimants: Iterable<ObjectMeta>,
): Fault | undefined {
  const mine = `${creationTimestamp} ${owner.uid}`;
  for (const rival of claimants) {
    if (rival.uid !== owner.uid && `${rival.creationTimestamp} ${rival.uid}` < mine) {
      const detail = `is the target of the older ExternalSecret ${rival.name} too; choose another spec.target.name`;
      return { kind: 'TargetConflict', subject: `Secret/${target.name}`, detail };
    }
  }
  return undefined;
}
