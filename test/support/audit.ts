import { readFileSync } from 'node:fs';

/** A request that a ServiceAccount made, as the API server's audit log tells of it. */
export interface AuditEntry {
  /** system:serviceaccount:NAMESPACE:NAME */
  readonly user: string;
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `externalsecrets/status`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly status: number;
  /** RBAC said no, or a policy of the chart did. */
  readonly forbidden: boolean;
  readonly receivedMs: number;
  readonly answeredMs: number;
}

interface AuditEvent {
  readonly user: { readonly username: string };
  readonly verb: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number; readonly message?: string };
  readonly annotations?: Readonly<Record<string, string>>;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

const WRITES = ['create', 'update', 'patch', 'delete', 'deletecollection'];

export const isWrite = ({ verb }: AuditEntry): boolean => WRITES.includes(verb);

/**
 * What the users asked of the API server so far, in order, of what the log says after its first `fromByte` bytes. The log has whole lines only, each as
 * soon as its request has ended.
 */
export function readAudit(path: string, isOurs: (user: string) => boolean, fromByte = 0): AuditEntry[] {
  const lines = readFileSync(path).subarray(fromByte).toString().split('\n').slice(0, -1);
  return lines
    .map((line): AuditEvent => JSON.parse(line))
    .filter(({ user }) => isOurs(user.username))
    .map(toEntry)
    .sort((a, b) => a.receivedMs - b.receivedMs);
}

function toEntry({ user, verb, objectRef = {}, ...event }: AuditEvent): AuditEntry {
  const { apiGroup = '', resource = '', subresource, namespace = '', name = '' } = objectRef;
  return {
    user: user.username,
    verb,
    group: apiGroup,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name,
    status: event.responseStatus?.code ?? 0,
    forbidden:
      event.annotations?.['authorization.k8s.io/decision'] === 'forbid' ||
      (event.responseStatus?.message ?? '').includes("ValidatingAdmissionPolicy 'keyferry-"),
    receivedMs: Date.parse(event.requestReceivedTimestamp),
    answeredMs: Date.parse(event.stageTimestamp),
  };
}
