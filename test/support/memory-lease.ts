import type { LeaseClaim, LeaseOutcome, LeaseRecord, LeaseStorage } from '../../src/core/lease.ts';
import { fail, succeed } from '../../src/model/result.ts';

/** A Lease in memory, as an API server keeps one; held to that by the conformance suite. */
export class MemoryLease {
  #lease: LeaseRecord | undefined;
  #version = 0;
  #isHanging = false;

  get lease(): LeaseRecord | undefined {
    return this.#lease;
  }

  /** From now on no read is answered, not even when its time is over. */
  hang(): void {
    this.#isHanging = true;
  }

  delete(): void {
    this.#lease = undefined;
  }

  /** Changes the object, and not what the lease says. */
  label(): void {
    if (this.#lease !== undefined) this.#put(this.#lease, { ...this.#lease.metadata, labels: { by: 'others' } });
  }

  /** The lease as one process reaches it. `isCut`: whether the API server cannot be reached by it. */
  storage(isCut: () => boolean = () => false): LeaseStorage {
    const lost = () => fail('ClusterUnavailable', 'Lease/keyferry', 'the API server cannot be reached');
    const unavailable = (): LeaseOutcome => ({ kind: 'unavailable', fault: lost().faults[0] });
    return {
      read: async () => {
        if (this.#isHanging) return new Promise<never>(() => {});
        return isCut() ? lost() : succeed(this.#lease);
      },
      create: async (claim) => {
        if (isCut()) return unavailable();
        return this.#lease === undefined ? this.#put(claim, { name: 'keyferry' }) : { kind: 'alreadyExists' };
      },
      replace: async (before, claim) => {
        if (isCut()) return unavailable();
        const isLast = before.metadata.resourceVersion === this.#lease?.metadata.resourceVersion;
        return isLast ? this.#put(claim, before.metadata) : { kind: 'conflict' };
      },
    };
  }

  #put(claim: LeaseClaim, metadata: Readonly<Record<string, unknown>>): LeaseOutcome {
    const { holder, durationMs, acquiredMs, renewedMs, transitions } = claim;
    this.#version++;
    this.#lease = {
      metadata: { ...metadata, resourceVersion: String(this.#version) },
      holder,
      durationMs,
      acquiredMs,
      renewedMs,
      transitions,
    };
    return { kind: 'written', record: this.#lease };
  }
}
