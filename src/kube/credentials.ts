import type { Result } from '../model/result.ts';

/** What a request proves its sender with, and what it trusts. */
export interface Credentials {
  /** PEM. Without it the system's own authorities are trusted. */
  readonly ca?: string;
  /** PEM, always with `key`. */
  readonly cert?: string;
  readonly key?: string;
  /** The name that the server's certificate is checked for, where it is not that of the URL. */
  readonly serverName?: string;
  /** True where the kubeconfig says insecure-skip-tls-verify. */
  readonly insecure?: true;
  /** Authorization, Impersonate-User. */
  readonly headers: Readonly<Record<string, string>>;
}

/** An API server, and how to get credentials for it. */
export interface Connection {
  /** Its address, without a slash at the end. */
  readonly server: string;
  /** The namespace of the kubeconfig's context, or the pod's own. */
  readonly namespace?: string;
  /** Reads files anew at each call; with `fresh`, what an exec plugin or OIDC gave before is forgotten too. */
  credentials(fresh: boolean): Promise<Result<Credentials>>;
}
