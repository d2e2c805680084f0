import { Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent, request } from 'node:https';

/** What any Kubernetes object has. Tests look into the rest by themselves. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { kind: string; name: string; uid: string; controller?: boolean; blockOwnerDeletion?: boolean }[];
    finalizers?: string[];
    [field: string]: unknown;
  };
  [field: string]: unknown;
}

/** What the API server answered when it refused. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  constructor(call: string, status: number, reason: string, message: string) {
    super(`${call}: ${status} ${reason}: ${message}`);
    this.status = status;
    this.reason = reason;
  }
}

export interface ClusterAccess {
  /** With http: a `kubectl proxy`, which needs neither CA nor token. */
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
  /** How long an answer may take; 30 s by default. */
  readonly patienceMs?: number;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A small client for tests: objects by path, as the API server's own URLs have them. */
export interface Cluster {
  get<T extends KubeObject = KubeObject>(path: string): Promise<T>;
  /** The items of a collection. */
  list<T extends KubeObject = KubeObject>(path: string): Promise<T[]>;
  /** Undefined when it is not there. */
  find<T extends KubeObject = KubeObject>(path: string): Promise<T | undefined>;
  exists(path: string): Promise<boolean>;
  /** POST to a collection, or to a subresource such as `token`. */
  create<T extends KubeObject = KubeObject>(path: string, object: unknown): Promise<T>;
  /** PUT. */
  replace<T extends KubeObject = KubeObject>(path: string, object: unknown): Promise<T>;
  /** Server-side apply, by force, as the field manager `test`. */
  apply<T extends KubeObject = KubeObject>(path: string, object: unknown): Promise<T>;
  mergePatch<T extends KubeObject = KubeObject>(path: string, patch: unknown): Promise<T>;
  /** Answers whether it was there. */
  delete(path: string, options?: unknown): Promise<boolean>;
  /** Applies every document of a YAML text, in its order, and returns the paths of the objects. */
  applyYaml(text: string, namespace?: string): Promise<string[]>;
  /** The text at any path, such as `/metrics`. */
  text(path: string): Promise<string>;
  /** Gives each line of an answer that does not end, and why it ended all the same. */
  watch(path: string, onLine: (line: string) => void, onEnd: (reason: string) => void): void;
  close(): void;
}

/** Opens a client that keeps its connections. */
export function openCluster({ url, caPem, token, patienceMs = 30_000 }: ClusterAccess): Cluster {
  const isPlain = url.startsWith('http:');
  const limits = { keepAlive: true, maxSockets: 32 };
  const agent = isPlain ? new PlainAgent(limits) : new Agent({ ...limits, ca: caPem });
  const authorization = isPlain ? {} : { authorization: `Bearer ${token}` };

  const send = async ({
    method,
    path,
    body,
    contentType = 'application/json',
    accept = 'application/json',
  }: Call): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const headers = { ...authorization, accept, 'content-type': contentType };
      const open = isPlain ? plainRequest : request;
      const outgoing = open(new URL(path, url), { agent, method, headers, timeout: patienceMs }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      });
      outgoing.on('timeout', () =>
        outgoing.destroy(new Error(`${method} ${path}: no answer in ${patienceMs / 1_000} s`)),
      );
      outgoing.on('error', reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });

  const call = async <T>(what: Call): Promise<T> => {
    const { status, text } = await send(what);
    if (status >= 200 && status < 300) return JSON.parse(text);
    throw refusal(what, status, text);
  };

  const find = async <T extends KubeObject>(path: string): Promise<T | undefined> => {
    const { status, text } = await send({ method: 'GET', path });
    if (status === 404) return undefined;
    if (status !== 200) throw refusal({ method: 'GET', path }, status, text);
    return JSON.parse(text);
  };

  const apply = async <T extends KubeObject>(path: string, object: unknown): Promise<T> =>
    call({
      method: 'PATCH',
      path: `${path}?fieldManager=test&force=true`,
      body: object,
      contentType: 'application/apply-patch+yaml',
    });

  return {
    get: (path) => call({ method: 'GET', path }),
    list: async (path) => (await call<{ items: never[] }>({ method: 'GET', path })).items,
    find,
    exists: async (path) => (await find(path)) !== undefined,
    create: (path, body) => call({ method: 'POST', path, body }),
    replace: (path, body) => call({ method: 'PUT', path, body }),
    apply,
    mergePatch: (path, body) => call({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' }),
    delete: async (path, body) => {
      const { status, text } = await send({ method: 'DELETE', path, body });
      if (status >= 300 && status !== 404) throw refusal({ method: 'DELETE', path }, status, text);
      return status !== 404;
    },
    applyYaml: (text, namespace) => applyAll(text, namespace, call, apply),
    text: async (path) => {
      const { status, text } = await send({ method: 'GET', path, accept: '*/*' });
      if (status !== 200) throw refusal({ method: 'GET', path }, status, text);
      return text;
    },
    watch: (path, onLine, onEnd) => {
      const open = isPlain ? plainRequest : request;
      const outgoing = open(new URL(path, url), { agent, headers: authorization }, (response) => {
        let rest = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          const lines = `${rest}${chunk}`.split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) onLine(line);
        });
        response.on('end', () => onEnd(`${response.statusCode ?? 0}`));
        response.on('error', ({ message }) => onEnd(message));
      });
      outgoing.on('error', ({ message }) => onEnd(message));
      outgoing.end();
    },
    close: () => agent.destroy(),
  };
}

function refusal({ method, path }: Call, status: number, text: string): ApiError {
  try {
    const { reason = '', message = text }: { reason?: string; message?: string } = JSON.parse(text);
    return new ApiError(`${method} ${path}`, status, reason, message);
  } catch {
    return new ApiError(`${method} ${path}`, status, '', text);
  }
}

type CallFunction = <T>(what: Call) => Promise<T>;

async function applyAll(
  text: string,
  namespace: string | undefined,
  call: CallFunction,
  apply: (path: string, object: unknown) => Promise<unknown>,
): Promise<string[]> {
  // Loaded here: some processes that use this client are measured from their start.
  const { parseAllDocuments } = await import('yaml');
  const paths: string[] = [];
  for (const document of parseAllDocuments(text)) {
    const object: KubeObject | null = document.toJS();
    if (object === null) continue;
    const path = await pathOf(object, namespace, call);
    await apply(path, object);
    paths.push(path);
  }
  return paths;
}

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** Asked of the API server's discovery each time: what a CRD adds is there at once. */
async function pathOf(object: KubeObject, fallback: string | undefined, call: CallFunction): Promise<string> {
  const { apiVersion = 'v1', kind, metadata } = object;
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { resources } = await call<ResourceList>({ method: 'GET', path: base });
  const resource = resources.find(({ name, kind: itsKind }) => itsKind === kind && !name.includes('/'));
  if (resource === undefined) throw new Error(`the cluster knows no ${kind} in ${apiVersion}`);
  const namespace = metadata.namespace ?? fallback ?? 'default';
  const place = resource.namespaced ? `${base}/namespaces/${namespace}` : base;
  return `${place}/${resource.name}/${metadata.name}`;
}
