import type { KubeObject } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import type { Operator } from '../support/operator.ts';
import { NAMESPACE, PATHS, SECRET_ID, type ShopData, secretDocument, shopData } from './shop.ts';
import type { AwsScene, Scene } from './stage.ts';
import type { Teller } from './teller.ts';

const REVISION = 'keyferry.dev/revision';
const SEEN = 'keyferry.dev/seen-revisions';
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';
const PATIENCE = { timeoutMs: 60_000, everyMs: 100 };

interface Secret extends KubeObject {
  data?: Record<string, string>;
}

interface ExternalSecret extends KubeObject {
  status?: { conditions?: { type: string; status: string; reason: string; message: string }[] };
}

interface Deployment extends KubeObject {
  spec: { replicas: number; template: { metadata?: { annotations?: Record<string, string> } } };
  status?: { observedGeneration?: number; updatedReplicas?: number; availableReplicas?: number; replicas?: number };
}

interface ReplicaSet extends KubeObject {
  spec: { replicas: number };
  status?: { availableReplicas?: number };
}

/** What a chapter of the story has seen, for the next one. */
interface Seen {
  readonly revision: string;
  readonly replicaSet: string;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
const bytesOf = (text: string): number => Buffer.from(text, 'base64').byteLength;

/** Compares without telling: what comes out names keys, never values. */
function differences({ data = {} }: Secret, want: ShopData): string[] {
  const keys = new Set([...Object.keys(want), ...Object.keys(data)]);
  return [...keys].filter((key) => {
    const value = want[key];
    return value === undefined || data[key] !== Buffer.from(value).toString('base64');
  });
}

async function readySecret({ cluster }: Scene, want: ShopData): Promise<Secret> {
  const externalSecret = await cluster.get<ExternalSecret>(PATHS.externalSecret);
  const ready = externalSecret.status?.conditions?.find(({ type }) => type === 'Ready');
  const secret = await cluster.find<Secret>(PATHS.secret);
  if (secret === undefined || ready?.status !== 'True') {
    const state =
      ready === undefined ? 'no Ready condition' : `Ready=${ready.status} ${ready.reason}: ${ready.message}`;
    throw new Error(`ExternalSecret/db has ${state}; the Secret is ${secret === undefined ? 'absent' : 'there'}`);
  }
  const wrong = differences(secret, want);
  if (wrong.length > 0) throw new Error(`the Secret differs from AWS in ${wrong.join(', ')}`);
  const owner = secret.metadata.ownerReferences?.[0];
  if (owner?.uid !== externalSecret.metadata.uid) throw new Error('the Secret is not owned by ExternalSecret/db');
  return secret;
}

function describeSecret(secret: Secret, tell: Teller): void {
  const { data = {}, metadata } = secret;
  for (const [key, value] of Object.entries(data)) tell.detail(`${key.padEnd(10)} ${plural(bytesOf(value), 'byte')}`);
  const owner = metadata.ownerReferences?.[0];
  tell.detail(`owner      ${owner?.kind}/${owner?.name}: the Secret goes when it goes`);
}

const revisionOf = (secret: Secret): string => secret.metadata.annotations?.[REVISION] ?? '';

/** The Deployment's one ReplicaSet with pods, once every pod is available and comes from it. */
async function rolledOut({ cluster }: Scene): Promise<{ deployment: Deployment; replicaSet: string } | undefined> {
  const deployment = await cluster.get<Deployment>(PATHS.deployment);
  const { spec, status = {}, metadata } = deployment;
  const isDone =
    status.observedGeneration === metadata.generation &&
    [status.updatedReplicas, status.availableReplicas, status.replicas].every((count) => count === spec.replicas);
  const inUse = (await cluster.list<ReplicaSet>(PATHS.replicaSets)).filter((each) => each.spec.replicas > 0);
  const [replicaSet] = inUse;
  if (!isDone || inUse.length !== 1 || replicaSet === undefined) {
    throw new Error(`${status.availableReplicas ?? 0} of ${spec.replicas} pods available, ${inUse.length} ReplicaSets`);
  }
  return { deployment, replicaSet: replicaSet.metadata.name };
}

const restartedAt = ({ spec }: Deployment): string | undefined => spec.template.metadata?.annotations?.[RESTARTED_AT];

/** The entry may say more than the revision, such as when it came. */
const hasSeen = ({ metadata }: Deployment, revision: string): boolean =>
  String(JSON.parse(metadata.annotations?.[SEEN] ?? '{}').db).startsWith(revision);

/** The Secret appears, whole and owned; the Deployment runs, and is not restarted for a first sync. */
async function tellFirstSync(scene: Scene, want: ShopData, tell: Teller): Promise<Seen> {
  tell.doing('ExternalSecret', 'waiting for the Secret db');
  const secret = await eventually('the Secret db to appear', () => readySecret(scene, want), PATIENCE);
  tell.done('Secret', `db appeared, with ${plural(Object.keys(want).length, 'key')} out of AWS`);
  describeSecret(secret, tell);
  const revision = revisionOf(secret);
  const { replicaSet } = await eventually('the Deployment to run', () => rolledOut(scene), PATIENCE);
  const deployment = await eventually(
    'the Deployment to be noted as running with this revision',
    async () => {
      const found = await scene.cluster.get<Deployment>(PATHS.deployment);
      return hasSeen(found, revision) && found;
    },
    PATIENCE,
  );
  if (restartedAt(deployment) !== undefined) throw new Error('the Deployment was restarted by a first sync');
  tell.done(
    'Deployment',
    `shop runs with ${deployment.spec.replicas} pods of ${replicaSet}; a first sync restarts nothing`,
  );
  return { revision, replicaSet };
}

/** The secret changes in AWS; the Secret follows within its refresh interval. */
async function tellRotation(
  scene: Scene,
  { aws }: AwsScene,
  want: ShopData,
  seen: Seen,
  tell: Teller,
): Promise<string> {
  const rotatedAt = Date.now();
  const versionId = await aws.putSecret(SECRET_ID, secretDocument(want));
  tell.doing('AWS', `rotated ${SECRET_ID}: a new password, version ${versionId.slice(0, 8)}; next look within 10 s`);
  const secret = await eventually('the Secret db to follow the rotation', () => readySecret(scene, want), PATIENCE);
  const revision = revisionOf(secret);
  if (revision === seen.revision) throw new Error('the Secret changed, but its revision did not');
  tell.done('Secret', `db followed after ${((Date.now() - rotatedAt) / 1000).toFixed(1)} s, with a new revision`);
  describeSecret(secret, tell);
  return revision;
}

/** The Deployment rolls: new pods by a new ReplicaSet, and the old ones gone. */
async function tellRestart(scene: Scene, revision: string, seen: Seen, tell: Teller): Promise<void> {
  tell.doing('Deployment', 'keyferry.dev/restart-on names db: it rolls once the changes have settled');
  const { deployment, replicaSet } = await eventually(
    'the Deployment to roll',
    async () => {
      const found = await rolledOut(scene);
      if (found === undefined || found.replicaSet === seen.replicaSet || restartedAt(found.deployment) === undefined) {
        throw new Error(`the pods are still those of ${seen.replicaSet}`);
      }
      if (!hasSeen(found.deployment, revision)) throw new Error('it rolled, but not for the new revision');
      return found;
    },
    PATIENCE,
  );
  tell.done('Deployment', `shop rolled: ${deployment.spec.replicas} new pods of ${replicaSet}, all available`);
  tell.detail(`restarted at ${restartedAt(deployment)}`);
}

function tellAwsCalls({ front }: AwsScene, tell: Teller): void {
  if (front === undefined) return;
  const counts = new Map<string, number>();
  for (const { operation } of front.journal) counts.set(operation, (counts.get(operation) ?? 0) + 1);
  const list = [...counts].map(([operation, count]) => `${operation} ${count}`).join(', ');
  tell.done('AWS', `was asked ${plural(front.journal.length, 'time')}: ${list}`);
}

function tellSilence(operator: Operator, secrets: readonly string[], tell: Teller): void {
  const log = operator.log();
  if (secrets.some((text) => log.includes(text))) throw new Error("a value is in the operator's log");
  tell.done('log', `${plural(log.trimEnd().split('\n').length, 'line')} by the operator, and no value in them`);
}

/** The whole story. Every line that says `done` was seen to be so; what does not happen in time throws. */
export async function tellStory(
  scene: Scene,
  aws: AwsScene,
  operator: Operator,
  passwords: readonly [string, string],
  tell: Teller,
): Promise<void> {
  const [before, after] = passwords;
  const seen = await tellFirstSync(scene, shopData(before), tell);
  const revision = await tellRotation(scene, aws, shopData(after), seen, tell);
  await tellRestart(scene, revision, seen, tell);
  tellAwsCalls(aws, tell);
  tellSilence(operator, passwords, tell);
}

/** How to look around while everything is up. */
export function tellTheWayAround({ kubeconfigPath, kubectlPath }: Scene, tell: Teller): void {
  const kubectl = `${kubectlPath} -n ${NAMESPACE}`;
  tell.heading('Look around, in another terminal');
  tell.plain(`  export KUBECONFIG=${kubeconfigPath}`);
  tell.plain(`  ${kubectl} get externalsecrets.keyferry.dev,secretstores.keyferry.dev`);
  tell.plain(`  ${kubectl} describe externalsecrets.keyferry.dev db`);
  tell.plain(`  ${kubectl} get secret db -o yaml`);
  tell.plain(`  ${kubectl} get deployment,replicasets,pods`);
  tell.plain(`  ${kubectl} annotate externalsecrets.keyferry.dev db keyferry.dev/force-sync="$(date)" --overwrite`);
}
