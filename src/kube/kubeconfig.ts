import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fail, type Result, succeed } from '../model/result.ts';
import { type CredentialPlugin, createCredentialPlugin } from './credential-plugin.ts';
import type { Connection, Credentials } from './credentials.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The context that a kubeconfig says is current, with its cluster and its user as they stand in the file. */
interface Picked {
  readonly cluster: Fields;
  readonly user: Fields;
  readonly namespace?: string;
  /** Relative paths are meant from the folder of the file that holds them. */
  readonly clusterFolder: string;
  readonly userFolder: string;
}

/** The current context of kubeconfig files, of which the first to name a thing wins, as with kubectl. `subject` names their giver. */
export async function openKubeconfig(files: readonly string[], subject: string): Promise<Result<Connection>> {
  const first = await pick(files, subject);
  if (!first.ok) return first;
  const { cluster, namespace } = first.value;
  const server = textOf(cluster.server)?.replace(/\/+$/, '');
  if (server === undefined || !URL.canParse(server))
    return fail('InvalidSpec', subject, 'its cluster has no valid server address');
  if (cluster['proxy-url'] !== undefined)
    return fail('InvalidSpec', subject, 'its cluster has a proxy-url, which is not supported');
  const plugin = createCredentialPlugin();
  return succeed({
    server,
    ...(namespace === undefined ? {} : { namespace }),
    credentials: async (fresh) => {
      const again = await pick(files, subject);
      return again.ok ? readCredentials(again.value, subject, plugin, fresh) : again;
    },
  });
}

interface Document {
  readonly fields: Fields;
  readonly folder: string;
}

async function pick(files: readonly string[], subject: string): Promise<Result<Picked>> {
  const documents: Document[] = [];
  for (const file of files) {
    const fields = await parseFile(file);
    if (typeof fields === 'string') return fail('InvalidSpec', subject, `${file}: ${fields}`);
    documents.push({ fields, folder: dirname(resolve(file)) });
  }
  const current = documents.map(({ fields }) => textOf(fields['current-context'])).find((name) => name !== undefined);
  if (current === undefined) return fail('InvalidSpec', subject, 'it has no current-context');
  const context = find(documents, 'context', current);
  if (context === undefined) return fail('InvalidSpec', subject, `it has no context "${current}"`);
  const cluster = find(documents, 'cluster', textOf(context.fields.cluster));
  if (cluster === undefined)
    return fail('InvalidSpec', subject, `its context "${current}" names no cluster that it has`);
  const user = find(documents, 'user', textOf(context.fields.user)) ?? { fields: {}, folder: '.' };
  const namespace = textOf(context.fields.namespace);
  const folders = { clusterFolder: cluster.folder, userFolder: user.folder };
  return succeed({
    cluster: cluster.fields,
    user: user.fields,
    ...folders,
    ...(namespace === undefined ? {} : { namespace }),
  });
}

/** The entry of that name in the documents' list of clusters, contexts or users. */
function find(
  documents: readonly Document[],
  member: 'cluster' | 'context' | 'user',
  name: string | undefined,
): Document | undefined {
  for (const { fields, folder } of documents) {
    const entry = listOf(fields[`${member}s`]).find((one) => one.name === name);
    if (entry !== undefined) return { fields: fieldsOf(entry[member]), folder };
  }
  return undefined;
}

async function parseFile(file: string): Promise<Fields | string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT'
      ? 'there is no such file'
      : 'it cannot be read';
  }
  return parseJson(text) ?? parseYaml(text);
}

/** Programs write kubeconfigs as JSON, which is YAML, too, and is read without a parser of YAML. */
function parseJson(text: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function parseYaml(text: string): Promise<Fields | string> {
  // Loaded here, so that an operator in a pod never loads it.
  const { parse } = await import('./yaml.ts');
  try {
    return fieldsOf(parse(text));
  } catch {
    // The parser's own message quotes the line, which may hold a key.
    return 'it is no valid YAML';
  }
}

async function readCredentials(
  picked: Picked,
  subject: string,
  plugin: CredentialPlugin,
  fresh: boolean,
): Promise<Result<Credentials>> {
  const { cluster, user, clusterFolder, userFolder } = picked;
  try {
    const ca = await material(cluster, 'certificate-authority', clusterFolder);
    const serverName = textOf(cluster['tls-server-name']);
    const trust = {
      ...(ca === undefined ? {} : { ca }),
      ...(serverName === undefined ? {} : { serverName }),
      ...(cluster['insecure-skip-tls-verify'] === true ? { insecure: true as const } : {}),
    };
    const needsPlugin = user.exec !== undefined || user['auth-provider'] !== undefined;
    const proof = needsPlugin ? await plugin(cluster, user, userFolder, fresh) : await staticProof(user, userFolder);
    const impersonated = textOf(user.as);
    const headers = { ...proof.headers, ...(impersonated === undefined ? {} : { 'impersonate-user': impersonated }) };
    return succeed({ ...trust, ...proof, headers });
  } catch (thrown) {
    // What a JSON parser complains of quotes the text, and that is a plugin's token.
    const isQuoting = thrown instanceof SyntaxError || !(thrown instanceof Error);
    const why = isQuoting ? 'its plugin printed no JSON' : thrown.message;
    return fail('InvalidSpec', subject, `its credentials cannot be read: ${why}`);
  }
}

/** What the user entry itself holds or points to: a client certificate, a token, a name and password. */
async function staticProof(user: Fields, folder: string): Promise<Pick<Credentials, 'cert' | 'key' | 'headers'>> {
  const cert = await material(user, 'client-certificate', folder);
  const key = await material(user, 'client-key', folder);
  const tokenFile = textOf(user.tokenFile);
  // As with kubectl, a token file wins over a token beside it.
  const token = (
    tokenFile === undefined ? textOf(user.token) : await readFile(resolve(folder, tokenFile), 'utf8')
  )?.trim();
  const { username, password } = user;
  const basic = `${textOf(username) ?? ''}:${textOf(password) ?? ''}`;
  const authorization =
    token !== undefined && token !== ''
      ? `Bearer ${token}`
      : basic !== ':'
        ? `Basic ${Buffer.from(basic).toString('base64')}`
        : undefined;
  return {
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    headers: authorization === undefined ? {} : { authorization },
  };
}

/** PEM text from `<name>-data` (base64), else from the file that `<name>` names. */
async function material(fields: Fields, name: string, folder: string): Promise<string | undefined> {
  const data = textOf(fields[`${name}-data`]);
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  const file = textOf(fields[name]);
  return file === undefined ? undefined : await readFile(resolve(folder, file), 'utf8');
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : []);
