// Generated from crds/ by `npm run generate`. Do not edit.

/**
 * A ClusterSecretStore says where in AWS to read, and as whom, for the namespaces that it admits.
 */
export interface ClusterSecretStore {
  /**
   * Version of the API that the object is written in, keyferry.dev/v1alpha1.
   */
  apiVersion?: string;
  /**
   * Kind of the object.
   */
  kind?: string;
  /**
   * Where in AWS to read, and as whom.
   */
  spec: {
    /**
     * AWS Region, such as eu-west-1.
     */
    region: string;
    /**
     * The service that a remoteRef without one reads from.
     */
    defaultService: 'SecretsManager' | 'ParameterStore';
    /**
     * Text that is put before every key, with no separator.
     */
    keyPrefix?: string;
    /**
     * Whose credentials to use; exactly one of its members.
     */
    auth: {
      /**
       * A ServiceAccount whose token is traded for an IAM role (IRSA).
       */
      serviceAccountRef?: {
        /**
         * Name of the ServiceAccount.
         */
        name: string;
        /**
         * Namespace of the ServiceAccount; by default that of the ExternalSecret.
         */
        namespace?: string;
        /**
         * The IAM role; by default the ServiceAccount's annotation eks.amazonaws.com/role-arn.
         */
        roleArn?: string;
      };
      /**
       * The operator's own identity, where whoever started the operator has allowed that (--allow-operator-identity).
       */
      operatorIdentity?: {};
      /**
       * Access keys in a Secret, for places that have no IRSA.
       */
      secretRef?: {
        /**
         * The access key id.
         */
        accessKeyId: {
          /**
           * Name of the Secret.
           */
          name: string;
          /**
           * Key in the Secret.
           */
          key: string;
          /**
           * Namespace of the Secret; by default that of the ExternalSecret.
           */
          namespace?: string;
        };
        /**
         * The secret access key.
         */
        secretAccessKey: {
          /**
           * Name of the Secret.
           */
          name: string;
          /**
           * Key in the Secret.
           */
          key: string;
          /**
           * Namespace of the Secret; by default that of the ExternalSecret.
           */
          namespace?: string;
        };
        /**
         * The session token of temporary keys.
         */
        sessionToken?: {
          /**
           * Name of the Secret.
           */
          name: string;
          /**
           * Key in the Secret.
           */
          key: string;
          /**
           * Namespace of the Secret; by default that of the ExternalSecret.
           */
          namespace?: string;
        };
      };
    };
    /**
     * Regions with replicas of the secrets, asked in this order when the Region itself fails.
     */
    failoverRegions?: string[];
    /**
     * Limits of this store's own, below those of the account.
     */
    limits?: {
      /**
       * Calls for values that the store makes of AWS in a second, in all its Regions together, at most.
       */
      requestsPerSecond: number;
    };
    /**
     * Roles to assume one through the other, after the identity of auth; the last one reads.
     */
    assumeRoles?: {
      /**
       * The IAM role.
       */
      roleArn: string;
      /**
       * The external id that the trust policy of the role asks for; no secret.
       */
      externalId?: string;
      /**
       * Tags of the session, for policies that compare them (aws:PrincipalTag).
       */
      sessionTags?: {
        [k: string]: string;
      };
      /**
       * Keys of sessionTags that the next roles of the chain inherit.
       */
      transitiveTagKeys?: string[];
      /**
       * How long the session lasts, from 15m to 1h; 1h by default, the longest that AWS lets a chained role last.
       */
      sessionDuration?: string;
    }[];
    /**
     * The namespaces whose ExternalSecrets may use this store. Without it none may.
     */
    allowedNamespaces?: {
      /**
       * Names, in which "*" stands for any text and "?" for one character.
       */
      names?: string[];
      /**
       * Labels of the namespaces. Who may label namespaces may then use the store.
       */
      selector?: {
        /**
         * Labels that the namespace has, with these very values.
         */
        matchLabels?: {
          [k: string]: string;
        };
        /**
         * Conditions on labels, all of which have to hold.
         */
        matchExpressions?: {
          /**
           * Name of the label.
           */
          key: string;
          /**
           * In and NotIn compare the label with values; Exists and DoesNotExist ask whether there is one.
           */
          operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
          /**
           * Values of the label, for In and NotIn.
           */
          values?: string[];
        }[];
      };
    };
    /**
     * The secrets and parameters that may be read, by name after keyPrefix. "*" stands for any text, "{{namespace}}" for the namespace of the ExternalSecret. Without it every key.
     */
    allowedKeys?: string[];
  };
  /**
   * What keyferry last saw.
   */
  status?: {
    /**
     * The generation of the spec that this status speaks of; -1 before keyferry has looked.
     */
    observedGeneration?: number;
    /**
     * Who the store is to AWS.
     */
    identityArn?: string;
    /**
     * What else is worth knowing, though everything works.
     */
    hints?: string[];
    /**
     * Ready; and Reconciling or Stalled while that is so.
     */
    conditions?: {
      /**
       * Ready, Reconciling or Stalled.
       */
      type: string;
      /**
       * True, False or Unknown.
       */
      status: 'True' | 'False' | 'Unknown';
      /**
       * Why, in one word; docs/conditions.md has a row for each.
       */
      reason: string;
      /**
       * Why, in a sentence that names the field and the cure.
       */
      message: string;
      /**
       * When the status of the condition last changed.
       */
      lastTransitionTime: string;
      /**
       * The generation of the spec that the condition speaks of.
       */
      observedGeneration?: number;
    }[];
  };
}

/**
 * An ExternalSecret asks for values from AWS; keyferry keeps them in a Kubernetes Secret that it owns.
 */
export interface ExternalSecret {
  /**
   * Version of the API that the object is written in, keyferry.dev/v1alpha1.
   */
  apiVersion?: string;
  /**
   * Kind of the object.
   */
  kind?: string;
  /**
   * What to read, and the Secret to keep it in.
   */
  spec: {
    /**
     * The store to read from, a SecretStore of the same namespace or a ClusterSecretStore.
     */
    secretStoreRef: {
      /**
       * Name of the store.
       */
      name: string;
      /**
       * SecretStore (of this namespace) or ClusterSecretStore.
       */
      kind: 'SecretStore' | 'ClusterSecretStore';
    };
    /**
     * True stops all work on this ExternalSecret; its Secret stays as it is.
     */
    suspend?: boolean;
    /**
     * How often the values are read again, as a Go duration from 10s to 8760h; "0s" reads only when the spec or the store changes, or a refresh is forced.
     */
    refreshInterval: string;
    /**
     * Periodic reads every refreshInterval; OnChange only when the spec or the store changes or a refresh is forced; CreatedOnce only while the Secret does not exist.
     */
    refreshPolicy: 'Periodic' | 'OnChange' | 'CreatedOnce';
    /**
     * The Secret to write.
     */
    target: {
      /**
       * Name of the Secret; by default that of the ExternalSecret.
       */
      name?: string;
      /**
       * Owner makes the Secret go with this ExternalSecret; Orphan lets it stay; Merge only adds keys to a Secret that exists and consents.
       */
      creationPolicy: 'Owner' | 'Orphan' | 'Merge';
      /**
       * Retain keeps the Secret when the values are gone from AWS; Delete removes it, or with Merge its keys, once AWS has said for ten minutes that not one of them is there.
       */
      deletionPolicy: 'Retain' | 'Delete';
      /**
       * True makes the Secret immutable once it is written.
       */
      immutable?: boolean;
      /**
       * How the Secret looks; without data it keeps the fetched keys as they are.
       */
      template?: {
        /**
         * The language of the templates in data.
         */
        engine: 'Liquid';
        /**
         * Replace writes the keys of data alone; Merge writes them over the fetched keys, which stay beside them.
         */
        mergePolicy: 'Replace' | 'Merge';
        /**
         * Keys of the Secret, each with the Liquid template of its value. A template reaches the fetched key username as {{ username }}, and any key as {{ data["api-key"] }}.
         */
        data?: {
          [k: string]: string;
        };
        /**
         * Type of the Secret; Opaque by default.
         */
        type?: string;
        /**
         * Labels and annotations of the Secret.
         */
        metadata?: {
          /**
           * Labels of the Secret, beside those that keyferry and others put on it.
           */
          labels?: {
            [k: string]: string;
          };
          /**
           * Annotations of the Secret, beside those that keyferry and others put on it.
           */
          annotations?: {
            [k: string]: string;
          };
        };
      };
    };
    /**
     * One key of the Secret each.
     */
    data?: {
      /**
       * Key in the Secret.
       */
      secretKey: string;
      /**
       * True leaves the key out when the secret, parameter, version or property does not exist.
       */
      optional?: boolean;
      /**
       * The store of this item alone; by default that of the ExternalSecret.
       */
      secretStoreRef?: {
        /**
         * Name of the store.
         */
        name: string;
        /**
         * SecretStore (of this namespace) where nothing is said, or ClusterSecretStore.
         */
        kind?: 'SecretStore' | 'ClusterSecretStore';
      };
      /**
       * The value to read.
       */
      remoteRef: {
        /**
         * Name or ARN of the secret, or name, path or ARN of the parameter; the store's keyPrefix comes before it.
         */
        key: string;
        /**
         * SecretsManager or ParameterStore; by default that of the store.
         */
        service?: 'SecretsManager' | 'ParameterStore';
        /**
         * The member of a JSON value with this very name, else what this JMESPath expression yields.
         */
        property?: string;
        /**
         * Secrets Manager: the staging label, AWSCURRENT by default.
         */
        versionStage?: string;
        /**
         * Secrets Manager: one fixed version.
         */
        versionId?: string;
        /**
         * Parameter Store: one fixed version.
         */
        version?: number;
        /**
         * Parameter Store: the version with this label.
         */
        label?: string;
        /**
         * Fetch takes what AWS knows about the secret or parameter (tags, version, ARN, dates), as JSON, instead of the value; None by default.
         */
        metadataPolicy?: 'None' | 'Fetch';
        /**
         * How the value is decoded before it is written; None by default. Auto decodes what is valid Base64 or Base64URL.
         */
        decodingStrategy?: 'None' | 'Base64' | 'Base64URL' | 'Auto';
      };
    }[];
    /**
     * Many keys of the Secret at once; later items go before earlier ones, and data before all.
     */
    dataFrom?: {
      /**
       * Every secret or parameter that meets all criteria given; its whole name becomes the key, after rewrite.
       */
      find?: {
        /**
         * The names below this path, at any depth; the store's keyPrefix comes before it.
         */
        path?: string;
        /**
         * What the names look like.
         */
        name?: {
          /**
           * Pattern of the whole name, in which * is any text, "/" too, and ? one character; the store's keyPrefix comes before it.
           */
          glob: string;
        };
        /**
         * Tags with exactly these values, all of them.
         */
        tags?: {
          [k: string]: string;
        };
        /**
         * SecretsManager or ParameterStore; by default that of the store.
         */
        service?: 'SecretsManager' | 'ParameterStore';
        /**
         * How the values are decoded before they are written; None by default. Auto decodes what is valid Base64 or Base64URL.
         */
        decodingStrategy?: 'None' | 'Base64' | 'Base64URL' | 'Auto';
      };
      /**
       * A JSON object, each member of which becomes a key.
       */
      extract?: {
        /**
         * Name or ARN of the secret, or name, path or ARN of the parameter; the store's keyPrefix comes before it.
         */
        key: string;
        /**
         * SecretsManager or ParameterStore; by default that of the store.
         */
        service?: 'SecretsManager' | 'ParameterStore';
        /**
         * The member of a JSON value with this very name, else what this JMESPath expression yields.
         */
        property?: string;
        /**
         * Secrets Manager: the staging label, AWSCURRENT by default.
         */
        versionStage?: string;
        /**
         * Secrets Manager: one fixed version.
         */
        versionId?: string;
        /**
         * Parameter Store: one fixed version.
         */
        version?: number;
        /**
         * Parameter Store: the version with this label.
         */
        label?: string;
        /**
         * Fetch takes what AWS knows about the secret or parameter (tags, version, ARN, dates), as JSON, instead of the value; None by default.
         */
        metadataPolicy?: 'None' | 'Fetch';
        /**
         * How the value is decoded before it is written; None by default. Auto decodes what is valid Base64 or Base64URL.
         */
        decodingStrategy?: 'None' | 'Base64' | 'Base64URL' | 'Auto';
      };
      /**
       * The store of this item alone; by default that of the ExternalSecret.
       */
      secretStoreRef?: {
        /**
         * Name of the store.
         */
        name: string;
        /**
         * SecretStore (of this namespace) where nothing is said, or ClusterSecretStore.
         */
        kind?: 'SecretStore' | 'ClusterSecretStore';
      };
      /**
       * Changes to the names of the keys, in this order.
       */
      rewrite?: {
        /**
         * Takes `remove` from the front of each key that has it, then puts `add` before each key.
         */
        prefix?: {
          /**
           * Text to take away; keys that do not begin with it keep their beginning.
           */
          remove?: string;
          /**
           * Text to put before every key.
           */
          add?: string;
        };
        /**
         * Puts `to` for every `from`; plain text, not a pattern.
         */
        replace?: {
          /**
           * Text to look for.
           */
          from: string;
          /**
           * Text to put in its place; empty takes it away.
           */
          to: string;
        };
        /**
         * Upper or lower case for the whole key.
         */
        case?: 'Upper' | 'Lower';
      }[];
    }[];
  };
  /**
   * What keyferry last saw and did.
   */
  status?: {
    /**
     * The generation of the spec that this status speaks of; -1 before keyferry has looked.
     */
    observedGeneration?: number;
    /**
     * When the values were last read whole.
     */
    refreshTime?: string;
    /**
     * When they are to be read next.
     */
    nextRefreshTime?: string;
    /**
     * Ready; and Reconciling or Stalled while that is so.
     */
    conditions?: {
      /**
       * Ready, Reconciling or Stalled.
       */
      type: string;
      /**
       * True, False or Unknown.
       */
      status: 'True' | 'False' | 'Unknown';
      /**
       * Why, in one word; docs/conditions.md has a row for each.
       */
      reason: string;
      /**
       * Why, in a sentence that names the field and the cure.
       */
      message: string;
      /**
       * When the status of the condition last changed.
       */
      lastTransitionTime: string;
      /**
       * The generation of the spec that the condition speaks of.
       */
      observedGeneration?: number;
    }[];
    /**
     * The Secret, by the convention of servicebinding.io.
     */
    binding?: {
      /**
       * Name of the Secret.
       */
      name?: string;
    };
    /**
     * The Secret's resourceVersion as keyferry left it; a hint.
     */
    targetResourceVersion?: string;
    /**
     * Which data the Secret holds as keyferry left it, telling nothing about it; a hint.
     */
    targetRevision?: string;
    /**
     * With deletionPolicy Delete, stands for the generation of the spec, the store and the identity that the values were last read whole with; only what is missing for the very same counts as gone.
     */
    reading?: string;
    /**
     * With deletionPolicy Delete, since when AWS has said that every value is gone.
     */
    goneSince?: string;
    /**
     * The value of the annotation keyferry.dev/force-sync that was last obeyed.
     */
    lastForceSync?: string;
    /**
     * The store that was last read from.
     */
    store?: {
      /**
       * The uid of the store.
       */
      uid?: string;
      /**
       * The generation of the store's spec.
       */
      generation?: number;
    };
    /**
     * Workloads that are owed a restart for the Secret's data, or have had one.
     */
    restarts?: {
      /**
       * Kind of the workload.
       */
      kind: string;
      /**
       * Name of the workload.
       */
      name: string;
      /**
       * How far its restart has come, in one word; docs/restarts.md has a row for each.
       */
      state: string;
      /**
       * Since when that is so.
       */
      since: string;
    }[];
    /**
     * When a workload was last restarted for the Secret's data.
     */
    lastRestartTime?: string;
    /**
     * Which version of what is in the Secret; never a value.
     */
    sources?: {
      /**
       * Name or ARN, with the keyPrefix of the store.
       */
      key: string;
      /**
       * SecretsManager or ParameterStore.
       */
      service: string;
      /**
       * The AWS Region that it was read from.
       */
      region?: string;
      /**
       * The version of the secret.
       */
      versionId?: string;
      /**
       * The version of the parameter.
       */
      version?: number;
    }[];
  };
}

/**
 * A SecretStore says where in AWS to read, and as whom, for the ExternalSecrets of its namespace.
 */
export interface SecretStore {
  /**
   * Version of the API that the object is written in, keyferry.dev/v1alpha1.
   */
  apiVersion?: string;
  /**
   * Kind of the object.
   */
  kind?: string;
  /**
   * Where in AWS to read, and as whom.
   */
  spec: {
    /**
     * AWS Region, such as eu-west-1.
     */
    region: string;
    /**
     * The service that a remoteRef without one reads from.
     */
    defaultService: 'SecretsManager' | 'ParameterStore';
    /**
     * Text that is put before every key, with no separator.
     */
    keyPrefix?: string;
    /**
     * Whose credentials to use; exactly one of its members.
     */
    auth: {
      /**
       * A ServiceAccount whose token is traded for an IAM role (IRSA).
       */
      serviceAccountRef?: {
        /**
         * Name of the ServiceAccount.
         */
        name: string;
        /**
         * The IAM role; by default the ServiceAccount's annotation eks.amazonaws.com/role-arn.
         */
        roleArn?: string;
      };
      /**
       * The operator's own identity, where whoever started the operator has allowed that (--allow-operator-identity).
       */
      operatorIdentity?: {};
      /**
       * Access keys in a Secret, for places that have no IRSA.
       */
      secretRef?: {
        /**
         * The access key id.
         */
        accessKeyId: {
          /**
           * Name of the Secret.
           */
          name: string;
          /**
           * Key in the Secret.
           */
          key: string;
        };
        /**
         * The secret access key.
         */
        secretAccessKey: {
          /**
           * Name of the Secret.
           */
          name: string;
          /**
           * Key in the Secret.
           */
          key: string;
        };
        /**
         * The session token of temporary keys.
         */
        sessionToken?: {
          /**
           * Name of the Secret.
           */
          name: string;
          /**
           * Key in the Secret.
           */
          key: string;
        };
      };
    };
    /**
     * Regions with replicas of the secrets, asked in this order when the Region itself fails.
     */
    failoverRegions?: string[];
    /**
     * Limits of this store's own, below those of the account.
     */
    limits?: {
      /**
       * Calls for values that the store makes of AWS in a second, in all its Regions together, at most.
       */
      requestsPerSecond: number;
    };
    /**
     * Roles to assume one through the other, after the identity of auth; the last one reads.
     */
    assumeRoles?: {
      /**
       * The IAM role.
       */
      roleArn: string;
      /**
       * The external id that the trust policy of the role asks for; no secret.
       */
      externalId?: string;
      /**
       * Tags of the session, for policies that compare them (aws:PrincipalTag).
       */
      sessionTags?: {
        [k: string]: string;
      };
      /**
       * Keys of sessionTags that the next roles of the chain inherit.
       */
      transitiveTagKeys?: string[];
      /**
       * How long the session lasts, from 15m to 1h; 1h by default, the longest that AWS lets a chained role last.
       */
      sessionDuration?: string;
    }[];
  };
  /**
   * What keyferry last saw.
   */
  status?: {
    /**
     * The generation of the spec that this status speaks of; -1 before keyferry has looked.
     */
    observedGeneration?: number;
    /**
     * Who the store is to AWS.
     */
    identityArn?: string;
    /**
     * What else is worth knowing, though everything works.
     */
    hints?: string[];
    /**
     * Ready; and Reconciling or Stalled while that is so.
     */
    conditions?: {
      /**
       * Ready, Reconciling or Stalled.
       */
      type: string;
      /**
       * True, False or Unknown.
       */
      status: 'True' | 'False' | 'Unknown';
      /**
       * Why, in one word; docs/conditions.md has a row for each.
       */
      reason: string;
      /**
       * Why, in a sentence that names the field and the cure.
       */
      message: string;
      /**
       * When the status of the condition last changed.
       */
      lastTransitionTime: string;
      /**
       * The generation of the spec that the condition speaks of.
       */
      observedGeneration?: number;
    }[];
  };
}
