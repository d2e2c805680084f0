import { statSync } from 'node:fs';
import { type AuditEntry, isWrite, readAudit } from '../support/audit.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { OPERATOR_USER } from '../support/installed.ts';

/** What the operator asked of the API server in a time. */
export interface Logbook {
  /** Without the lease, which is written by the clock, and tokens, of which nothing is stored. */
  readonly writes: readonly AuditEntry[];
  /** `patch externalsecrets/status 1000`. */
  readonly text: string;
}

/** Reads the audit log from here on. */
export function startLogbook({ auditLog }: ControlPlane): { read(): Logbook } {
  const fromByte = statSync(auditLog).size;
  return {
    read: () => {
      const entries = readAudit(auditLog, (user) => user === OPERATOR_USER, fromByte);
      const rest = entries.filter(({ resource }) => resource !== 'leases');
      const counts = new Map<string, number>();
      for (const { verb, resource } of rest) {
        counts.set(`${verb} ${resource}`, (counts.get(`${verb} ${resource}`) ?? 0) + 1);
      }
      const text = [...counts].map(([what, count]) => `${what} ${count}`).join(', ');
      return { writes: rest.filter((entry) => isWrite(entry) && entry.resource !== 'serviceaccounts/token'), text };
    },
  };
}
