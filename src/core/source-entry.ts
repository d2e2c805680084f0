import type { Criteria } from './find.ts';
import { matchesGlob } from './glob.ts';
import type { Plan, PlannedItem } from './plan.ts';
import type { RequestPlan, Service, ValueRef } from './ports.ts';
import type { SourceChange } from './source-change.ts';
import { listedName, sourceNameOf } from './source-name.ts';
import type { Status } from './summarize.ts';

/** Something in AWS that an ExternalSecret reads, or would read if it were there. */
export type SourceEntry = NamedEntry | FindEntry;

interface EntryBase {
  readonly service: Service;
  /** Its own Region, and those where its replicas are read when that fails. */
  readonly regions: readonly string[];
  /** Undefined while nobody knows: then it may be any. */
  readonly account: string | undefined;
}

interface NamedEntry extends EntryBase {
  readonly kind: 'named';
  readonly names: readonly string[];
  /** The label that says which version is read; undefined where the version is pinned. */
  readonly label: string | undefined;
}

interface FindEntry extends EntryBase {
  readonly kind: 'find';
  readonly prefix: string;
  readonly criteria: Criteria;
  readonly admits: (name: string) => boolean;
}

const CURRENT = 'AWSCURRENT';

/** All that the plan reads. */
export const entriesOf = ({ requests, items }: Plan): readonly SourceEntry[] =>
  items.flatMap((item) => {
    const request = requests.find(({ access }) => access.store === item.store);
    return request === undefined ? [] : [entryOf(item, request)];
  });

function entryOf(item: PlannedItem, { access, account }: RequestPlan): SourceEntry {
  if (item.kind === 'find') {
    const { criteria, admits } = item;
    const { service, prefix } = criteria.search;
    return { kind: 'find', service, regions: [access.region], account, prefix, criteria, admits };
  }
  const {
    service,
    region = access.region,
    account: owner = account,
    names,
  } = sourceNameOf(item.ref.service, item.ref.key);
  // Parameters have no replicas, and a secret of another Region is asked for there.
  const replicated = item.ref.service === 'SecretsManager' && region === access.region;
  const regions = replicated ? [region, ...(access.failoverRegions ?? [])] : [region];
  return { kind: 'named', service, regions, account: owner, names, label: labelOf(item.ref) };
}

function labelOf({ versionId, versionStage, version, label }: ValueRef): string | undefined {
  return versionId === undefined && version === undefined ? (versionStage ?? label ?? CURRENT) : undefined;
}

/** Whether the change can make a difference to what is read. */
export function concerns(change: SourceChange, entry: SourceEntry): boolean {
  const isThere =
    entry.service === change.service &&
    entry.regions.includes(change.region) &&
    (entry.account === undefined || entry.account === change.account);
  if (!isThere) return false;
  if (entry.kind === 'find') return change.names.some((name) => isMember(entry, name)) && isOfLabel(change, CURRENT);
  return change.names.some((name) => entry.names.includes(name)) && isOfLabel(change, entry.label);
}

// AWSPREVIOUS goes where AWSCURRENT was, and AWSPENDING goes, without an event of their own. A pinned version has its value for ever.
const isOfLabel = ({ moved }: SourceChange, label: string | undefined): boolean =>
  moved === undefined || (label !== undefined && (moved.label === CURRENT || moved.label === label));

function isMember({ service, prefix, criteria: { keyPrefix, glob }, admits }: FindEntry, bare: string): boolean {
  const name = listedName(service, bare);
  if (!name.startsWith(prefix) || !name.startsWith(keyPrefix)) return false;
  return matchesGlob(glob, name.slice(keyPrefix.length), true) && admits(name);
}

export type Sources = NonNullable<Status['sources']>;

/** The sources that the change is about, as far as their keys tell. */
export const sourcesOfChange = (change: SourceChange, sources: Sources): Sources =>
  sources.filter(({ key, service }) => {
    const source = sourceNameOf(service === 'ParameterStore' ? service : 'SecretsManager', key);
    const isThere = source.service === change.service && (source.account ?? change.account) === change.account;
    return isThere && source.names.some((name) => change.names.includes(name));
  });
