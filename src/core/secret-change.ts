import type { ExternalSecret } from '../api/generated/types.ts';
import type { Fault } from '../model/fault.ts';
import type { ObjectKey, Precondition, SecretManifest, SecretPart } from './ports.ts';
import type { SecretData } from './render.ts';
import type { Owner } from './target.ts';

/** What an ExternalSecret wants of a Secret, whatever the data. */
export interface Claim {
  readonly key: ObjectKey;
  readonly owner: Owner;
  readonly target: ExternalSecret['spec']['target'];
  /** The name of the ExternalSecret of this uid, if there is one in the namespace. */
  readonly peer: (uid: string) => string | undefined;
}

/** A Secret as the spec wants it. */
export interface DesiredSecret extends Claim {
  readonly data: SecretData;
  readonly revision: string;
  /** The revision that the last good pass left there, as far as the status knows. */
  readonly published: string | undefined;
}

/** What has to be done so that the Secret is as desired. */
export type SecretChange =
  | { readonly kind: 'none' }
  | { readonly kind: 'create'; readonly manifest: SecretManifest }
  | {
      readonly kind: 'replace';
      readonly manifest: SecretManifest;
      readonly precondition: Precondition;
      readonly newData: boolean;
    }
  | {
      readonly kind: 'apply';
      readonly part: SecretPart;
      readonly precondition: Precondition;
      readonly force: boolean;
      readonly newData: boolean;
    }
  | { readonly kind: 'refused'; readonly fault: Fault };
