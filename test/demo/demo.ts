import { randomBytes } from 'node:crypto';
import { buildBundle } from '../support/build.ts';
import type { Operator } from '../support/operator.ts';
import { type MainContext, runMain } from '../support/processes.ts';
import { install, startInstalled, uninstall } from './install.ts';
import { type DemoOptions, HELP, parseOptions } from './options.ts';
import {
  applyExamples,
  cleanAws,
  cleanCluster,
  findCrds,
  HOME,
  PARAMETER,
  refuseToOverwrite,
  SECRET_ID,
  seedAws,
  shopData,
} from './shop.ts';
import { type AwsScene, openAwsScene, openScene, prepareParts, type Scene } from './stage.ts';
import { tellStory, tellTheWayAround } from './story.ts';
import { createTeller, type Teller } from './teller.ts';

// Of different lengths, as lengths are all that the story shows of them.
const PASSWORDS = [randomBytes(9).toString('base64url'), randomBytes(15).toString('base64url')] as const;

/** The chart, examples and the operator: after this, all that happens is the operator's doing. */
async function setUp(scene: Scene, aws: AwsScene, tell: Teller, { atEnd }: MainContext, options: DemoOptions) {
  if (options.kubeconfig !== undefined) {
    await refuseToOverwrite(scene.cluster);
    const before = await findCrds(scene.cluster);
    atEnd(async () => {
      tell.doing('cluster', 'giving it back as it was');
      await uninstall(scene);
      const crds = (await findCrds(scene.cluster)).filter((path) => !before.includes(path));
      await cleanCluster(scene.cluster, crds);
    });
  }
  await install(scene);
  tell.done('helm', `installed the chart as ${HOME.name} in ${HOME.namespace}: CRDs, RBAC, admission policies`);
  if (options.awsEndpoint !== undefined) atEnd(() => cleanAws(aws.aws));
  await seedAws(aws.aws, shopData(PASSWORDS[0]));
  tell.done('AWS', `holds the secret ${SECRET_ID} and the parameter ${PARAMETER}`);
  const applied = await applyExamples(scene.cluster);
  tell.done('examples', `applied: ${applied.map((path) => path.split('/').slice(-2).join('/')).join(', ')}`);
  const operator = await startInstalled(scene, aws.endpoint);
  if (options.kubeconfig !== undefined) atEnd(async () => void (await operator.stop()));
  tell.done(
    'operator',
    `runs as process ${operator.pid} with the flags of the Deployment and the rights of its ServiceAccount`,
  );
  tell.detail(`metrics on ${operator.metricsUrl}`);
  return operator;
}

async function stayUp(operator: Operator, scene: Scene, tell: Teller, { stopped, exitWith }: MainContext) {
  tellTheWayAround(scene, tell);
  tell.plain('\n  Everything stays up until Ctrl-C, which takes it all down.\n');
  exitWith(0);
  stopped.addEventListener('abort', () => tell.plain('\n  Taking everything down.'));
  const { code } = await operator.exited;
  if (stopped.aborted) return 0;
  tell.failed('operator', `ended by itself with code ${code}; it said last:\n${tail(operator)}`);
  return 1;
}

const tail = (operator: Operator): string => operator.log().trimEnd().split('\n').slice(-20).join('\n');

async function demo(context: MainContext): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  await prepareParts(options);
  await buildBundle();
  const tell = createTeller();
  tell.heading('Keyferry: a secret in AWS becomes a Kubernetes Secret, stays fresh, and its workload restarts');
  const scene = await openScene(options, tell);
  const aws = await openAwsScene(options, scene.cluster, tell);
  const operator = await setUp(scene, aws, tell, context, options);
  try {
    await tellStory(scene, aws, operator, PASSWORDS, tell);
  } catch (error) {
    if (context.stopped.aborted) return 1;
    tell.failed('story', error instanceof Error ? error.message : String(error));
    tell.plain(`\nThe operator said last:\n${tail(operator)}`);
    return 1;
  }
  if (!options.exit) return stayUp(operator, scene, tell, context);
  tell.heading('Every step happened.');
  return 0;
}

await runMain(demo);
