import { randomInt } from 'node:crypto';
import { partitionOf } from '../../../src/aws/arn.ts';
import type { PolicyDocument } from './policy.ts';

/** One version of a secret; its value as it came over the wire (bytes in Base64). */
export interface SecretVersion {
  readonly id: string;
  readonly createdMs: number;
  readonly value: { readonly SecretString: string } | { readonly SecretBinary: string };
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const newSuffix = (): string => Array.from({ length: 6 }, () => LETTERS[randomInt(LETTERS.length)]).join('');

/** A secret with its versions and replicas. */
export class Secret {
  readonly name: string;
  readonly account: string;
  readonly primaryRegion: string;
  readonly suffix = newSuffix();
  readonly createdMs: number;
  readonly description: string | undefined;
  readonly versions = new Map<string, SecretVersion>();
  /** The version that bears each staging label. */
  readonly stages = new Map<string, string>();
  readonly tags = new Map<string, string>();
  /** The Regions where it can be read, each with its customer managed key, if any. */
  readonly keys = new Map<string, string | undefined>();
  policy: PolicyDocument | undefined;
  deletedMs: number | undefined;
  changedMs: number;

  constructor(at: { name: string; account: string; region: string; nowMs: number; description?: string | undefined }) {
    this.name = at.name;
    this.account = at.account;
    this.primaryRegion = at.region;
    this.createdMs = at.nowMs;
    this.changedMs = at.nowMs;
    this.description = at.description;
  }

  arnIn(region: string): string {
    return secretArn(this.account, region, `${this.name}-${this.suffix}`);
  }

  stagesOf(versionId: string): readonly string[] {
    return [...this.stages].filter(([, id]) => id === versionId).map(([stage]) => stage);
  }

  /** Moves a label; the version that loses AWSCURRENT becomes AWSPREVIOUS. */
  moveStage(stage: string, versionId: string): void {
    const before = this.stages.get(stage);
    if (stage === 'AWSCURRENT' && before !== undefined && before !== versionId) this.stages.set('AWSPREVIOUS', before);
    this.stages.set(stage, versionId);
  }
}

export const secretArn = (account: string, region: string, name: string): string =>
  `arn:${partitionOf(region)}:secretsmanager:${region}:${account}:secret:${name}`;

/** All secrets, of all accounts and Regions. */
export class SecretVault {
  readonly #secrets = new Map<string, Secret>();

  add(secret: Secret, region: string): void {
    this.#secrets.set(placeOf(secret.account, region, secret.name), secret);
  }

  remove(secret: Secret): void {
    for (const region of secret.keys.keys()) this.#secrets.delete(placeOf(secret.account, region, secret.name));
  }

  /** By name, ARN, or ARN without its suffix; an ARN is looked up in its own account, a name in `account`. */
  find(id: string, account: string, region: string): Secret | undefined {
    const { owner, name, suffix } = partsOfId(id, account);
    if (suffix !== undefined) {
      const secret = this.#secrets.get(placeOf(owner, region, name));
      return secret?.arnIn(region) === id ? secret : undefined;
    }
    return this.#secrets.get(placeOf(owner, region, name));
  }

  listed(account: string, region: string): readonly Secret[] {
    const place = placeOf(account, region, '');
    return [...this.#secrets].filter(([key]) => key.startsWith(place)).map(([, secret]) => secret);
  }
}

const placeOf = (account: string, region: string, name: string): string => `${account} ${region} ${name}`;

/** An ARN that ends in a hyphen and six characters is taken for a whole one, whatever they are. */
function partsOfId(id: string, account: string): { owner: string; name: string; suffix?: string } {
  const [, owner, resource = ''] = /^arn:[\w-]+:secretsmanager:[\w-]*:(\d+):secret:(.+)$/.exec(id) ?? [];
  if (owner === undefined) return { owner: account, name: id };
  const [, name, suffix] = /^(.+)-([A-Za-z0-9]{6})$/.exec(resource) ?? [];
  return name === undefined || suffix === undefined ? { owner, name: resource } : { owner, name, suffix };
}
