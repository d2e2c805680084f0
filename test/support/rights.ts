import { readAudit } from './audit.ts';
import type { AttachedEnvironment } from './environment.ts';
import { OPERATOR_USER } from './installed.ts';

type Control = Pick<AttachedEnvironment, 'stopApiServer' | 'startApiServer' | 'restartApiServer'>;

/** Looks at what the operator was refused from now on. */
export interface Rights extends Control {
  /** Throws where it asked for anything that the chart does not grant it. */
  check(): void;
}

export function watchRights(environment: AttachedEnvironment): Rights {
  const sinceMs = Date.now();
  // An API server that has just begun knows no roles yet, and refuses everything until it is ready.
  const unready: { fromMs: number; toMs: number }[] = [];
  const begin = (): void => void unready.push({ fromMs: Date.now(), toMs: Number.POSITIVE_INFINITY });
  const end = (): void => {
    for (const each of unready) each.toMs = Math.min(each.toMs, Date.now());
  };
  return {
    async stopApiServer() {
      begin();
      await environment.stopApiServer();
    },
    async startApiServer() {
      await environment.startApiServer();
      end();
    },
    async restartApiServer() {
      begin();
      await environment.restartApiServer();
      end();
    },
    check() {
      const refused = readAudit(environment.auditLog, (user) => user === OPERATOR_USER)
        .filter(({ forbidden, receivedMs }) => forbidden && receivedMs >= sinceMs)
        .filter(({ receivedMs }) => !unready.some(({ fromMs, toMs }) => fromMs <= receivedMs && receivedMs <= toMs))
        .map(({ verb, resource, group, namespace, name }) => `${verb} ${resource}.${group} ${namespace}/${name}`);
      if (refused.length > 0) throw new Error(`the operator was forbidden to: ${[...new Set(refused)].join('; ')}`);
    },
  };
}
