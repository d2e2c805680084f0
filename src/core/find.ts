import type { ExternalSecret } from '../api/generated/types.ts';
import type { Fault } from '../model/fault.ts';
import { fail, type Result, succeed } from '../model/result.ts';
import { matchesGlob } from './glob.ts';
import type { Found, Search } from './ports.ts';
import type { Store } from './store.ts';

type Find = NonNullable<NonNullable<ExternalSecret['spec']['dataFrom']>[number]['find']>;

/** The criteria of one `find`, with the store's keyPrefix in them. */
export interface Criteria {
  /** What is asked of AWS; it may find more than is meant. */
  readonly search: Search;
  readonly keyPrefix: string;
  readonly glob: string;
  readonly region: string;
}

/** As many members as one find may have, like the items of spec.data. */
const MAX_MEMBERS = 500;

const BRIDGE = '/aws/reference/';

/** The criteria, or why nothing could ever meet them. */
export function planFind(find: Find, subject: string, { spec }: Store): Result<Criteria> {
  const { keyPrefix = '', region, defaultService } = spec;
  const service = find.service ?? defaultService;
  const glob = find.name?.glob ?? '*';
  const below = find.path === undefined ? keyPrefix : directory(`${keyPrefix}${find.path}`);
  const literal = `${keyPrefix}${/^[^*?]*/.exec(glob)?.[0] ?? ''}`;
  const invalid = (field: string, detail: string) => fail('InvalidSpec', `${subject}.find${field}`, detail);
  if (!below.startsWith(literal) && !literal.startsWith(below)) {
    return invalid('', 'no name is below path and matches name.glob, which is held against the whole name');
  }
  const prefix = below.length > literal.length ? below : literal;
  const tags = find.tags ?? {};
  if (service === 'ParameterStore') {
    if (find.path !== undefined && !below.startsWith('/'))
      return invalid('.path', 'a path of Parameter Store begins with "/"');
    if (prefix.startsWith(BRIDGE)) {
      return invalid(
        '',
        'AWS does not list secrets under /aws/reference; set service: SecretsManager and leave that part out',
      );
    }
    if (Object.values(tags).includes(''))
      return invalid('.tags', 'Parameter Store cannot look for a tag with an empty value');
  }
  return succeed({ search: { service, prefix, tags }, keyPrefix, glob, region });
}

const directory = (path: string): string => `${path.replace(/\/+$/, '')}/`;

/**
 * The members among what AWS has found, by name: those that the glob means and that the store lets be read. None at all is a fault,
 * since nobody asks for an empty Secret, and lists of AWS may lag behind.
 */
export function membersOf(
  { search, keyPrefix, glob, region }: Criteria,
  admits: (name: string) => boolean,
  found: readonly Found[],
  subject: string,
): Result<readonly Found[]> {
  const members = [...new Map(found.map((each) => [each.ref.key, each])).values()]
    .filter(({ ref: { key } }) => key.startsWith(keyPrefix) && matchesGlob(glob, key.slice(keyPrefix.length), true))
    .filter(({ ref: { key } }) => admits(key))
    .sort((a, b) => (a.ref.key < b.ref.key ? -1 : 1));
  if (members.length === 0) return fail(...nothing(search, `${keyPrefix}${glob}`, region, subject));
  if (members.length > MAX_MEMBERS) return { ok: false, faults: [tooMany(members.length, subject)] };
  return succeed(members);
}

function nothing(
  { service, prefix, tags }: Search,
  glob: string,
  region: string,
  subject: string,
): Parameters<typeof fail> {
  const isSecret = service === 'SecretsManager';
  const labels = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  const criteria = [
    ...(prefix === '' ? [] : [`begins with ${JSON.stringify(prefix)}`]),
    ...(/^\*+$/.test(glob) ? [] : [`matches ${JSON.stringify(glob)}`]),
    ...(labels.length === 0 ? [] : [`bears the tags ${JSON.stringify(labels.join(', '))}`]),
  ];
  const which = criteria.length === 0 ? '' : ` that ${criteria.join(' and ')}`;
  const detail = `there is no ${isSecret ? 'secret' : 'parameter'} in ${region}${which} and that the store lets be read; check the criteria, and the Region and account of the store`;
  return [isSecret ? 'SecretNotFound' : 'ParameterNotFound', subject, detail];
}

const tooMany = (count: number, subject: string): Fault => ({
  kind: 'InvalidSpec',
  subject,
  detail: `${count} are found, and a find may have ${MAX_MEMBERS} members; narrow it by path, name or tags, or split it over several ExternalSecrets`,
  // What AWS holds decides too.
  retry: 'onInterval',
});
