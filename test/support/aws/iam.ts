import { randomBytes } from 'node:crypto';
import { authorize, type Ownership, type Verdict } from './authorize.ts';
import { contextOf } from './condition.ts';
import type { Asker, PolicyDocument } from './policy.ts';
import { Refusal } from './refusal.ts';

/** What a role, or a user, may do. */
export interface Rights {
  readonly policies?: readonly PolicyDocument[];
  readonly boundary?: PolicyDocument;
}

export interface Role extends Rights {
  readonly trust: PolicyDocument;
  /** One hour unless given. */
  readonly maxSessionSeconds?: number;
}

/** What a session is opened with. */
export interface SessionSettings {
  readonly roleArn: string;
  readonly name: string;
  readonly durationSeconds: number;
  readonly policy?: PolicyDocument | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
}

/** The keys of a session, as STS hands them out. */
export interface SessionKeys {
  readonly arn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly endMs: number;
}

/** Who signed a call. */
export interface Caller extends Asker {
  /** A test's own hand, which may do everything, at once and unseen. */
  readonly isSeed: boolean;
  readonly session?: SessionSettings;
  rights(): Rights;
}

/** What a caller wants to do, and what there is to say about the resource. */
export interface Question extends Ownership {
  readonly action: string;
  readonly resource: string;
  readonly policy?: PolicyDocument | undefined;
  readonly context?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export const accountOfArn = (arn: string): string => arn.split(':')[4] ?? '';
const rootArn = (account: string): string => `arn:aws:iam::${account}:root`;

/** Users, roles, sessions and the policies of accounts: who there is, and what they may do. */
export class Iam {
  readonly roles = new Map<string, Role>();
  /** Policies by account: of those who ask, and of what they ask for. */
  readonly serviceControl = new Map<string, PolicyDocument>();
  readonly resourceControl = new Map<string, PolicyDocument>();
  /** Of the VPC endpoint that all calls come through. */
  endpointPolicy: PolicyDocument | undefined;
  readonly #callers = new Map<string, Caller>();
  readonly #sessions = new Map<string, SessionKeys>();

  addSeed(accessKeyId: string, account: string): void {
    const arn = rootArn(account);
    this.#callers.set(accessKeyId, { arn, issuerArn: arn, account, isSeed: true, rights: () => ({}) });
  }

  addUser(accessKeyId: string, arn: string, rights: Rights): void {
    this.#callers.set(accessKeyId, {
      arn,
      issuerArn: arn,
      account: accountOfArn(arn),
      isSeed: false,
      rights: () => rights,
    });
  }

  /** Opens a session of a role; its rights are those that the role has when they are asked for. */
  openSession(settings: SessionSettings, nowMs: number): SessionKeys {
    const { roleArn, name, durationSeconds } = settings;
    const role = roleArn.replace(/^.*\//, '');
    const keys = {
      arn: `arn:${roleArn.split(':')[1]}:sts::${accountOfArn(roleArn)}:assumed-role/${role}/${name}`,
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(20).toString('hex'),
      sessionToken: randomBytes(32).toString('base64'),
      endMs: nowMs + durationSeconds * 1_000,
    };
    this.#sessions.set(keys.accessKeyId, keys);
    this.#callers.set(keys.accessKeyId, {
      arn: keys.arn,
      issuerArn: roleArn,
      account: accountOfArn(roleArn),
      isSeed: false,
      session: settings,
      rights: () => this.roles.get(roleArn) ?? {},
    });
    return keys;
  }

  /** Who signs with the key. Throws what AWS answers to keys that nobody has, or that are over. */
  callerOf(accessKeyId: string, sessionToken: string | undefined, nowMs: number): Caller {
    const caller = this.#callers.get(accessKeyId);
    const session = this.#sessions.get(accessKeyId);
    if (caller === undefined || session?.sessionToken !== sessionToken) {
      throw new Refusal('UnrecognizedClientException', 'The security token included in the request is invalid.');
    }
    if (session !== undefined && session.endMs <= nowMs) {
      throw new Refusal('ExpiredTokenException', 'The security token included in the request is expired');
    }
    return caller;
  }

  /** IAM's decision, with all policies that have a say in it. */
  judge(caller: Caller, { action, resource, policy, context, ...ownership }: Question): Verdict {
    if (caller.isSeed) return { allowed: true };
    const { policies = [], boundary } = caller.rights();
    const tags = Object.entries(caller.session?.tags ?? {}).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]);
    const known = { ...context, ...Object.fromEntries(tags), 'aws:PrincipalArn': caller.issuerArn };
    const all = {
      identity: policies,
      boundary,
      session: caller.session?.policy,
      resource: policy,
      endpoint: this.endpointPolicy,
      serviceControl: this.serviceControl.get(caller.account),
      resourceControl: this.resourceControl.get(ownership.account ?? ''),
    };
    return authorize(caller, { action, resource, context: contextOf(known) }, all, ownership);
  }
}
