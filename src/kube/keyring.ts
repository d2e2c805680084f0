import http from 'node:http';
import https from 'node:https';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { Ambient } from '../core/ports.ts';
import { describeFault } from '../model/fault.ts';
import type { Connection, Credentials } from './credentials.ts';
import { PROBE_MS } from './exchange.ts';

/** Credentials, with the connections that were made with them: as many as are used at once, so nothing waits for a watch. */
export interface Key {
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly agent: http.Agent;
}

/** Why there is no key: the connection's own words. */
export interface NoKey {
  readonly missing: string;
}

/** The API server closes a connection that was quiet for 90 s (k8s.io/apiserver, secure_serving.go); we do so before it. */
const FREE_SOCKET_MS = 60_000;

/** Keeps credentials for a time, and its connections for as long as CA, client certificate and server name are the same. */
export class Keyring {
  readonly #connection: Connection;
  readonly #ambient: Ambient;
  readonly #keepMs: number;
  #kept: { readonly key: Key; readonly readAtMs: number } | undefined;
  #agent: { readonly material: string; readonly agent: http.Agent } | undefined;
  #reading: Promise<Key | NoKey> | undefined;

  constructor(connection: Connection, ambient: Ambient, keepMs: number) {
    this.#connection = connection;
    this.#ambient = ambient;
    this.#keepMs = keepMs;
  }

  /** The present key, read again when it is old. Credentials that cannot be read again stay in use: they may still be good. */
  async get(): Promise<Key | NoKey> {
    const kept = this.#kept;
    if (kept === undefined) return this.#read(false);
    const ageMs = this.#ambient.nowMs() - kept.readAtMs;
    if (ageMs >= 0 && ageMs < this.#keepMs) return kept.key;
    const read = await this.#read(false);
    return 'missing' in read ? kept.key : read;
  }

  /** A key that is newer than `refused`, which the API server does not take any more. */
  async renew(refused: Key): Promise<Key | NoKey> {
    const kept = this.#kept?.key;
    return kept !== undefined && kept !== refused ? kept : this.#read(true);
  }

  close(): void {
    this.#agent?.agent.destroy();
    this.#agent = undefined;
    this.#kept = undefined;
  }

  /** One read at a time, whoever asks. */
  #read(fresh: boolean): Promise<Key | NoKey> {
    this.#reading ??= this.#readNow(fresh).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readNow(fresh: boolean): Promise<Key | NoKey> {
    const read = await this.#connection.credentials(fresh);
    if (!read.ok) return { missing: read.faults.map(describeFault).join('; ') };
    const key = { headers: Object.entries(read.value.headers).flat(), agent: this.#agentFor(read.value) };
    this.#kept = { key, readAtMs: this.#ambient.nowMs() };
    return key;
  }

  #agentFor(credentials: Credentials): http.Agent {
    const { ca, cert, key, serverName, insecure } = credentials;
    const material = JSON.stringify([ca, cert, key, serverName, insecure]);
    // One of older material is let go, not destroyed: calls that are under way end well, and free sockets time out.
    if (this.#agent?.material !== material) this.#agent = { material, agent: this.#makeAgent(credentials) };
    return this.#agent.agent;
  }

  #makeAgent({ ca, cert, key, serverName, insecure }: Credentials): http.Agent {
    const options = { keepAlive: true, keepAliveMsecs: PROBE_MS, timeout: FREE_SOCKET_MS };
    if (this.#connection.server.startsWith('http:')) return new http.Agent(options);
    const material = {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    };
    const agent = new https.Agent({
      ...options,
      ...madeReady(material),
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(insecure === true ? { rejectUnauthorized: false } : {}),
    });
    // All its connections go to one server with one set of credentials. Node would look for one by a name with the CA certificate in it,
    // made and hashed several times for each call.
    agent.getName = () => 'API server';
    return agent;
  }
}

/** Node makes this of the material for each connection anew, unless it is there. What is wrong with the material is told by who connects with it. */
function madeReady(material: SecureContextOptions): https.AgentOptions {
  try {
    return { secureContext: createSecureContext(material) };
  } catch {
    return material;
  }
}
