import { readFileSync } from 'node:fs';
import { inject } from 'vitest';
import { type AwsFront, startAwsFront } from './aws-front.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { kubectl } from './control-plane.ts';
import type { TokenIssuer } from './web-identity.ts';

/** What the global setup hands to the test files: plain data, as it crosses processes. */
export interface Environment {
  readonly kubeconfigPath: string;
  readonly url: string;
  readonly caPem: string;
  readonly adminToken: string;
  readonly issuer: string;
  readonly serviceAccountKeyPath: string;
  /** What ServiceAccounts asked for; of end-to-end runs only. */
  readonly auditLog: string;
  readonly kubectlPath: string;
  readonly helmPath: string;
  readonly motoEndpoint: string;
  /** Where the API server can be stopped and started from. */
  readonly controlUrl: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    environment: Environment;
  }
}

/** The run's shared control plane and AWS, as a test file sees them. */
export interface AttachedEnvironment extends Environment {
  readonly cluster: Cluster;
  /** For STS: the API server's own keys. */
  readonly tokenIssuer: TokenIssuer;
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  /** A front of this file's own, which takes this cluster's tokens. */
  startAwsFront(options?: { accessKeyIds?: readonly string[] }): Promise<AwsFront>;
  stopApiServer(): Promise<void>;
  startApiServer(): Promise<void>;
  restartApiServer(): Promise<void>;
  serviceAccountKey(): string;
}

/** Attaches a test file to the run's control plane and moto. */
export function attachEnvironment(): AttachedEnvironment {
  const environment = inject('environment');
  const { url, caPem, adminToken, issuer, motoEndpoint, kubectlPath, kubeconfigPath } = environment;
  const cluster = openCluster({ url, caPem, token: adminToken });
  const tokenIssuer = { issuer, fetchKeys: async () => JSON.parse(await cluster.text('/openid/v1/jwks')) };
  const control = async (action: string): Promise<void> => {
    const response = await fetch(`${environment.controlUrl}/${action}`, { method: 'POST' });
    if (!response.ok) throw new Error(`the API server did not ${action}: ${await response.text()}`);
  };
  return {
    ...environment,
    cluster,
    tokenIssuer,
    kubectl: (args, stdin) => kubectl(kubectlPath, kubeconfigPath, args, stdin),
    startAwsFront: (options) => startAwsFront({ motoEndpoint, issuer: tokenIssuer, ...options }),
    stopApiServer: () => control('stop'),
    startApiServer: () => control('start'),
    restartApiServer: () => control('restart'),
    serviceAccountKey: () => readFileSync(environment.serviceAccountKeyPath, 'utf8'),
  };
}
