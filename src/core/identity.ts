/** Whose credentials to read with, through every role of the chain. Two equal identities share one set of credentials. */
export type Identity = FirstIdentity & {
  /** Roles that are assumed one through the other, the last of which reads. */
  readonly assumeRoles?: readonly AssumedRole[];
};

/** Who an identity is before it assumes any other role. */
export type FirstIdentity =
  | {
      readonly kind: 'serviceAccount';
      readonly namespace: string;
      readonly name: string;
      /** Credentials are bound to the ServiceAccount's uid, so a recreated one gets none of its predecessor's. */
      readonly uid: string;
      readonly roleArn: string;
      readonly sessionName: string;
    }
  | {
      readonly kind: 'secret';
      readonly namespace: string;
      readonly accessKeyId: SecretKeyRef;
      readonly secretAccessKey: SecretKeyRef;
      readonly sessionToken?: SecretKeyRef;
    }
  /** The operator's own. */
  | { readonly kind: 'operator'; readonly sessionName: string };

/** Which stores may read as the operator itself: none, ClusterSecretStores, or SecretStores too. */
export type OperatorIdentityUse = 'none' | 'cluster' | 'all';

/** One link of a chain: a role, and what its trust policy may ask for. */
export interface AssumedRole {
  readonly roleArn: string;
  readonly sessionName: string;
  /** 900 to 3600: AWS lets a role that was assumed through another last an hour at most. */
  readonly durationS: number;
  readonly externalId?: string;
  readonly sessionTags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
}

export interface SecretKeyRef {
  /** The Secret's namespace: always the store's own, or for a ClusterSecretStore the one that it or the user names. */
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
}
