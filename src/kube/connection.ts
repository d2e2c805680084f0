import { delimiter } from 'node:path';
import { fail, type Result } from '../model/result.ts';
import type { Connection } from './credentials.ts';
import { openKubeconfig } from './kubeconfig.ts';
import { openPod, type PodPlace } from './pod-connection.ts';

/** Where to look for the cluster; the first that is given decides. */
export interface ConnectionSource {
  /** --kubeconfig: a path. */
  readonly file?: string;
  /** KUBECONFIG: paths, joined as in PATH. */
  readonly environment?: string;
  readonly pod?: PodPlace;
}

/** The cluster of --kubeconfig, else of KUBECONFIG, else the pod's own. Fails with InvalidSpec, naming what is wrong with it. */
export async function openConnection(source: ConnectionSource): Promise<Result<Connection>> {
  if (source.file !== undefined && source.file !== '') return openKubeconfig([source.file], '--kubeconfig');
  const files = (source.environment ?? '').split(delimiter).filter((file) => file !== '');
  if (files.length > 0) return openKubeconfig(files, 'KUBECONFIG');
  if (source.pod !== undefined) return openPod(source.pod);
  return fail('InvalidSpec', 'cluster', 'no cluster is given: pass --kubeconfig FILE, set KUBECONFIG, or run in a pod');
}
