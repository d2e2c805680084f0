import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import { forceSync, refresh } from './force-sync.ts';
import { API, type Condition, type Stage, type Team } from './stage.ts';

/** Something that goes wrong for one ExternalSecret, and what its people get to see. */
export interface BadCase {
  /** What the test is called. */
  readonly it: string;
  /** Of the ExternalSecret, and of the Secret that is to stay as it is. */
  readonly name: string;
  /** A spec that works, or what makes the Secret without us. Absent: there never is one. */
  readonly good?: object | (() => Promise<unknown>);
  /** The spec that does not work, or what goes wrong around a good one. */
  readonly bad: object | (() => Promise<unknown>);
  readonly reason: string;
  /** Parts of the message: the field, what is wrong, the cure. */
  readonly says: readonly string[];
}

/** A Secret as it was before something went wrong. */
interface LastGood {
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly data: Readonly<Record<string, string>> | undefined;
}

export type Kept = ReadonlyMap<string, LastGood | undefined>;

/** What is in the Secret now, byte for byte; undefined when there is none. */
export async function lookAt(team: Team, name: string): Promise<LastGood | undefined> {
  const secret = await team.secret(name);
  if (secret === undefined) return undefined;
  const { uid, resourceVersion } = secret.metadata;
  return { uid, resourceVersion, data: secret.data };
}

/** Lets all cases go well, side by side, as far as they do. Answers what the Secrets are then. */
export async function settle(team: Team, cases: readonly BadCase[]): Promise<Kept> {
  return new Map(await Promise.all(cases.map(async (each) => [each.name, await settleOne(team, each)] as const)));
}

/** Lets all cases go well first, and then wrong. Answers what the Secrets were in between. */
export async function spoil(team: Team, cases: readonly BadCase[]): Promise<Kept> {
  const spoilOne = async (each: BadCase) => {
    const lastGood = await settleOne(team, each);
    await goWrong(team, each);
    return [each.name, lastGood] as const;
  };
  return new Map(await Promise.all(cases.map(spoilOne)));
}

async function settleOne(team: Team, { name, good }: BadCase): Promise<LastGood | undefined> {
  if (typeof good === 'function') await good();
  if (typeof good === 'object') {
    await team.externalSecret(name, good);
    await team.ready(name, 'True', 'Synced');
  }
  return lookAt(team, name);
}

async function goWrong(team: Team, { name, good, bad }: BadCase): Promise<void> {
  if (typeof bad === 'function') {
    await bad();
    await forceSync(team, name);
  } else if (typeof good === 'object') await team.change(name, { spec: bad });
  else await team.externalSecret(name, bad);
}

const STALLING = ['InvalidSpec', 'InvalidTemplate', 'ExpressionTooCostly'];

/** The status tells of the case, an Event too, and the Secret is what it was: the same object with the same bytes. */
export async function expectKept(
  stage: Stage,
  team: Team,
  { name, good, reason, says }: BadCase,
  kept: Kept,
): Promise<void> {
  const ready = await team.ready(name, 'False', reason);
  expectMessage(ready, says);
  expect(await lookAt(team, name)).toEqual(kept.get(name));
  const served = typeof good === 'object' ? `Secret ${name} keeps what it has, read` : 'no Secret has been written yet';
  expect(ready.message).toContain(served);
  const progress = (await team.get(name)).status?.conditions?.filter(({ type }) => type !== 'Ready');
  const type = STALLING.includes(reason) ? 'Stalled' : 'Reconciling';
  expect(progress).toMatchObject([{ type, status: 'True', reason }]);
  await expectEvent(stage, team, name, reason);
}

export function expectMessage({ message }: Condition, says: readonly string[]): void {
  for (const part of says) expect(message).toContain(part);
  // Of a message that an outage leaves in a status for days, nothing may be about one moment of it.
  expect(message).not.toMatch(/request ?id|\d{2}:\d{2}:\d{2}/i);
}

/** A Warning with the reason, where `kubectl describe` shows it. */
export const expectEvent = (stage: Stage, team: Team, name: string, reason: string): Promise<unknown> =>
  eventually(`an event ${reason} of ${name}`, async () => {
    const events = await stage.cluster.list(`/apis/events.k8s.io/v1/namespaces/${team.namespace}/events`);
    return events.find(
      ({ regarding, ...event }) =>
        JSON.stringify(regarding).includes(`"name":"${name}"`) && event.reason === reason && event.type === 'Warning',
    );
  });

/** What Events have said more than once. They are told at a pace, so their number says nothing. */
async function repeatedEvents(stage: Stage, team: Team): Promise<readonly string[]> {
  const events = await stage.cluster.list(`/apis/events.k8s.io/v1/namespaces/${team.namespace}/events`);
  const told = events.map(({ regarding, reason, note }) => JSON.stringify([regarding, reason, note]));
  return told.filter((text, at) => told.indexOf(text) !== at);
}

/** How many looks have ended in failure, since the operator's start. */
async function failedLooks(stage: Stage): Promise<number> {
  const line = /^keyferry_sync_total\{outcome="failed"\} (\d+)$/m.exec(await stage.operator.metrics());
  return Number(line?.[1] ?? 0);
}

/** ExternalSecrets that fail as before are not written to, though they are looked at twice more, and no Event is repeated. */
export async function expectRest(stage: Stage, team: Team, names: readonly string[]): Promise<void> {
  for (const round of [1, 2]) {
    const looks = await failedLooks(stage);
    const before = await Promise.all(
      names.map((name) =>
        stage.cluster.mergePatch(`${API}/namespaces/${team.namespace}/externalsecrets/${name}`, {
          metadata: { annotations: { 'keyferry.dev/force-sync': `rest ${round}` } },
        }),
      ),
    );
    await eventually(
      `${names.length} more looks (round ${round})`,
      async () => (await failedLooks(stage)) >= looks + names.length,
    );
    const after = await Promise.all(names.map((name) => team.get(name)));
    const versions = (objects: typeof before) =>
      objects.map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`);
    expect(versions(after)).toEqual(versions(before));
  }
  expect(await repeatedEvents(stage, team)).toEqual([]);
}

let healthy = 0;

/** An ExternalSecret beside the broken ones gets a new value as if nothing were wrong. */
export async function expectOthersSync(stage: Stage, team: Team, store = 'aws'): Promise<void> {
  const name = `healthy-${++healthy}`;
  const key = `${team.namespace}/${name}`;
  await stage.aws.createSecret(key, 'first');
  await team.externalSecret(name, {
    secretStoreRef: { name: store },
    data: [{ secretKey: 'value', remoteRef: { key } }],
  });
  await team.holds(name, { value: 'first' });
  await stage.aws.putSecret(key, 'second');
  await refresh(team, name);
  await team.holds(name, { value: 'second' });
}
