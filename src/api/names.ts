/** API group and version of keyferry's kinds. */
export const GROUP = 'keyferry.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** On every Secret that keyferry writes to, value `true`: the operator's cache holds only these. */
export const MANAGED_LABEL = 'keyferry.dev/managed';
/** The uid of the ExternalSecret whose Secret it is, where no ownerReference says so. */
export const OWNER_LABEL = 'keyferry.dev/owner';

/** Set by people on a foreign Secret: the names, separated by commas, of the ExternalSecrets that may take it over or merge into it. */
export const ACCEPT_ANNOTATION = 'keyferry.dev/accept';
/** On our Secrets: which data it holds, telling nothing about it. */
export const REVISION_ANNOTATION = 'keyferry.dev/revision';
/** On our Secrets: when the revision last replaced another one; RFC 3339, the API server's clock, rounded up. */
export const CHANGED_AT_ANNOTATION = 'keyferry.dev/changed-at';
/** On a Secret that several ExternalSecrets merge into, each has its own of the two, as one annotation cannot have several authors. */
export const revisionAnnotationOf = (uid: string): string => `${REVISION_ANNOTATION}.${uid}`;
export const changedAtAnnotationOf = (uid: string): string => `${CHANGED_AT_ANNOTATION}.${uid}`;
/** On our Secrets: which template labels and annotations are ours, so that those taken out of the template go. */
export const TEMPLATE_KEYS_ANNOTATION = 'keyferry.dev/template-keys';

/** Set by people on an ExternalSecret: any new value is a wish for a refresh now. */
export const FORCE_SYNC_ANNOTATION = 'keyferry.dev/force-sync';

/** Set by people on a workload: a comma-separated list of Secrets, or `*`. */
export const RESTART_ON_ANNOTATION = 'keyferry.dev/restart-on';
/** Set by people on a workload: the least time between two restarts, such as `10m`. */
export const RESTART_MIN_INTERVAL_ANNOTATION = 'keyferry.dev/restart-min-interval';
/** What the annotations of Stakater Reloader have in their names. */
export const RELOADER = 'reloader.stakater.com';
/** Set by people on a workload: any new value is a wish for one more try after a restart that failed or was undone. */
export const RETRY_RESTART_ANNOTATION = 'keyferry.dev/retry-restart';
/** On a workload: a JSON note of when keyferry last restarted it, for which Secrets, and the last retry that it obeyed. */
export const LAST_RESTART_ANNOTATION = 'keyferry.dev/last-restart';
/** On a workload: a JSON map from Secret to the revision that its pods were last made to see. */
export const SEEN_REVISIONS_ANNOTATION = 'keyferry.dev/seen-revisions';
/** The pod template annotation by which kubectl, too, restarts a workload. */
export const RESTARTED_AT_ANNOTATION = 'kubectl.kubernetes.io/restartedAt';

/** IRSA: on a ServiceAccount, the role that it stands for. */
export const ROLE_ARN_ANNOTATION = 'eks.amazonaws.com/role-arn';
