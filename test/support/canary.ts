import { createHash, randomBytes } from 'node:crypto';
import type { KubeObject } from './cluster.ts';
import type { SecretObject, Stage } from './stage.ts';

// A canary is a text that is in every value of a test file and nowhere else in the world. Wherever it sings, a value got out.

/** What a scan found. */
export interface Sighting {
  /** Where the canary, or a digest of a value, was found, and in which form. Empty when nothing got out. */
  readonly leaks: readonly string[];
  /** How many Secrets hold the canary: with none, the scan would prove nothing. */
  readonly secrets: number;
  /** What was looked through, and how many characters of it. */
  readonly places: Readonly<Record<string, number>>;
}

export interface Canary {
  /** Eight letters and digits, for values that bear nothing else; they begin every value. */
  readonly plain: string;
  /** A value with the canary in it and characters that encodings treat in their own way. Equal labels give equal values. */
  value(label?: string): string;
  /** Remembers a whole value, so that its digests are looked for, and returns it. */
  keep<V extends string | Uint8Array>(value: V): V;
  /** Another text that is to be found nowhere: a token, say. */
  also(what: string, text: string): void;
  /** Looks for the canary in the texts, by their names. */
  find(texts: Readonly<Record<string, string>>): readonly string[];
  /** Looks through all that the operator said and wrote: log, metrics, events, objects, and the metadata of Secrets. */
  scan(stage: Pick<Stage, 'cluster' | 'operator'>): Promise<Sighting>;
}

/** A new canary. */
export function makeCanary(): Canary {
  const [plain, tail] = [letters(), letters()];
  const whole = `${plain} "é\\/+&=?<\n>" ${tail}`;
  const forms = new Map<string, string>();
  const canary: Canary = {
    plain,
    value: (label = '') => canary.keep(`${whole}${label}`),
    keep(value) {
      for (const [name, digest] of digestsOf(value)) forms.set(`${name} of ${forms.size}`, digest);
      return value;
    },
    also(what, text) {
      for (const [name, form] of formsOf(what, text)) forms.set(name, form);
    },
    find: (texts) =>
      Object.entries(texts).flatMap(([place, text]) =>
        [...forms].flatMap(([name, form]) => (text.includes(form) ? [`${place}: ${name}`] : [])),
      ),
    async scan(stage) {
      const secrets = await stage.cluster.list<SecretObject>('/api/v1/secrets');
      const texts = await gather(stage, secrets);
      return {
        leaks: canary.find(texts),
        secrets: secrets.filter(({ data = {} }) => Object.values(data).some((value) => decode(value).includes(plain)))
          .length,
        places: Object.fromEntries(Object.entries(texts).map(([place, text]) => [place, text.length])),
      };
    },
  };
  canary.also('its first eight characters', plain);
  canary.also('its last eight', tail);
  canary.also('the whole canary', whole);
  return canary;
}

/** Letters and digits only, so that most encodings leave them alone; never a word of anybody's. */
const letters = (): string =>
  randomBytes(64)
    .toString('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .slice(0, 8);

const decode = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');

/** The ways in which a text can stand in another, by name. */
function formsOf(what: string, text: string): [string, string][] {
  const json = JSON.stringify(text).slice(1, -1);
  const forms: [string, string][] = [
    ['raw', text],
    ['hex', Buffer.from(text).toString('hex')],
    ['HEX', Buffer.from(text).toString('hex').toUpperCase()],
    ['URL-encoded', encodeURIComponent(text)],
    ['form-encoded', new URLSearchParams({ '': text }).toString().slice(1)],
    ['JSON', json],
    ['JSON in JSON', JSON.stringify(json).slice(1, -1)],
    ['reversed', [...text].reverse().join('')],
    ...base64FormsOf(text),
  ];
  return forms.map(([name, form]) => [`${what}, ${name}`, form]);
}

/** Inside a longer text the same bytes read in three ways; what the neighbours have a part in is left out. */
function base64FormsOf(text: string): [string, string][] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((offset): [string, string][] => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const end = Math.floor(((offset + bytes.length) * 8) / 6);
    const own = encoded.slice(Math.ceil((offset * 8) / 6), end);
    return [
      [`base64 at ${offset}`, own],
      [`base64url at ${offset}`, own.replaceAll('+', '-').replaceAll('/', '_')],
    ];
  });
}

/** Digests without a key tell who guesses a value that the guess is right; their beginnings are enough for that. */
function digestsOf(value: string | Uint8Array): [string, string][] {
  return ['md5', 'sha1', 'sha256', 'sha512'].flatMap((algorithm): [string, string][] => {
    const digest = createHash(algorithm).update(value).digest();
    return [
      [`${algorithm} in hex`, digest.toString('hex').slice(0, 16)],
      [`${algorithm} in base64`, digest.toString('base64').slice(0, 11)],
      [`${algorithm} in base64url`, digest.toString('base64url').slice(0, 11)],
    ];
  });
}

/** Whatever a person with no right to read Secrets may come to see. */
const OPEN_COLLECTIONS = {
  'core events': '/api/v1/events',
  events: '/apis/events.k8s.io/v1/events',
  ExternalSecrets: '/apis/keyferry.dev/v1alpha1/externalsecrets',
  SecretStores: '/apis/keyferry.dev/v1alpha1/secretstores',
  ClusterSecretStores: '/apis/keyferry.dev/v1alpha1/clustersecretstores',
  Deployments: '/apis/apps/v1/deployments',
  StatefulSets: '/apis/apps/v1/statefulsets',
  DaemonSets: '/apis/apps/v1/daemonsets',
  Pods: '/api/v1/pods',
  ConfigMaps: '/api/v1/configmaps',
  ServiceAccounts: '/api/v1/serviceaccounts',
  Namespaces: '/api/v1/namespaces',
} as const;

async function gather(
  { cluster, operator }: Pick<Stage, 'cluster' | 'operator'>,
  secrets: readonly SecretObject[],
): Promise<Record<string, string>> {
  const collections = await Promise.all(
    Object.entries(OPEN_COLLECTIONS).map(async ([place, path]): Promise<[string, string]> => {
      const items = await cluster.list<KubeObject>(path);
      return [place, items.length === 0 ? '' : textOf(items)];
    }),
  );
  return {
    log: operator.log(),
    metrics: await operator.metrics(),
    'metadata of Secrets': textOf(secrets.map(({ data, ...rest }) => ({ ...rest, keys: Object.keys(data ?? {}) }))),
    ...Object.fromEntries(collections),
  };
}

/** As JSON, and each string of it by itself: a text in an annotation is not to hide behind JSON's own escapes. */
function textOf(items: readonly KubeObject[]): string {
  const strings: string[] = [];
  const json = JSON.stringify(items, (_key, value: unknown) => {
    if (typeof value === 'string') strings.push(value);
    return value;
  });
  return `${json}\n${strings.join('\n')}`;
}
