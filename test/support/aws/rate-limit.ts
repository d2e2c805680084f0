import { type Bucket, openBucket, takeFrom } from './bucket.ts';

/** Operations that AWS counts together. */
export type LimitGroup =
  | 'secrets-manager-batch'
  | 'secrets-manager-get'
  | 'secrets-manager-describe'
  | 'parameter-store';

const GROUPS: Readonly<Record<string, LimitGroup>> = {
  BatchGetSecretValue: 'secrets-manager-batch',
  ListSecrets: 'secrets-manager-batch',
  GetSecretValue: 'secrets-manager-get',
  DescribeSecret: 'secrets-manager-describe',
  GetParameter: 'parameter-store',
  GetParameters: 'parameter-store',
  GetParametersByPath: 'parameter-store',
};

/** The account's quotas: a bucket for each account, Region and group. A group without a limit takes everything. */
export class RateLimit {
  readonly #perSecond = new Map<LimitGroup, number>();
  readonly #buckets = new Map<string, Bucket>();

  /** Calls a second; undefined lifts the limit. Buckets begin full. */
  set(group: LimitGroup, perSecond: number | undefined): void {
    if (perSecond === undefined) this.#perSecond.delete(group);
    else this.#perSecond.set(group, perSecond);
    this.#buckets.clear();
  }

  /** Counts a call, and tells whether there was room for it. */
  admits(account: string, region: string, operation: string, nowMs: number): boolean {
    const group = GROUPS[operation];
    const perSecond = group === undefined ? undefined : this.#perSecond.get(group);
    if (perSecond === undefined) return true;
    const place = `${account} ${region} ${group}`;
    const { bucket, isTaken } = takeFrom(this.#buckets.get(place) ?? openBucket(perSecond, nowMs), perSecond, nowMs);
    this.#buckets.set(place, bucket);
    return isTaken;
  }
}
