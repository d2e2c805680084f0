import { cpSync, existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure, missing } from '../failure.ts';
import { runCommand, startChild } from '../processes.ts';
import { cacheFolder } from './cache.ts';
import { withLock } from './lock.ts';
import { withProgress } from './progress.ts';
import { ensureGoFromPyPI } from './python.ts';

type BuiltModule =
  | 'etcd'
  | 'kubernetes'
  | 'kwok'
  | 'helm'
  | 'actionlint'
  | 'judge'
  | 'promql'
  | 'kubeconform'
  | 'kube-score';
type GoModule = BuiltModule | 'jmespath' | 'cyclonedx' | 'flux';

/** A Go program that is built from a pinned module. */
export interface GoPart {
  readonly name: string;
  /** Which of the modules beside this file names it. */
  readonly module: BuiltModule;
  readonly package: string;
  /** For the reader of the progress line. */
  readonly purpose: string;
}

const MODULES = fileURLToPath(new URL('.', import.meta.url));
const VERSION = 'k8s.io/component-base/version';
const STRIPPED = ['-trimpath', '-ldflags', '-s -w'];
const FLAGS: Readonly<Record<GoModule, readonly string[]>> = {
  jmespath: [],
  cyclonedx: [],
  flux: [],
  actionlint: STRIPPED,
  etcd: STRIPPED,
  kwok: STRIPPED,
  helm: STRIPPED,
  judge: STRIPPED,
  promql: STRIPPED,
  kubeconform: STRIPPED,
  'kube-score': STRIPPED,
  kubernetes: [
    '-trimpath',
    '-ldflags',
    `-s -w -X ${VERSION}.gitVersion=v1.36.3 -X ${VERSION}.gitMajor=1 -X ${VERSION}.gitMinor=36`,
  ],
};

const goEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  GOFLAGS: '-buildvcs=false',
  GOTOOLCHAIN: 'local',
  GOWORK: 'off',
});

/** The newest version that any of our modules asks for: `[1, 26]`. */
function neededVersion(module: string): [number, number] {
  const match = /^go (\d+)\.(\d+)/m.exec(readFileSync(join(MODULES, module, 'go.mod'), 'utf8'));
  return [Number(match?.[1]), Number(match?.[2])];
}

/** `go` of the PATH when it is new enough, else the one from PyPI. */
async function findGo(module: string): Promise<string> {
  const { code, stdout } = await runCommand('go', ['version'], { env: goEnvironment() });
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(stdout) ?? [];
  const [needMajor, needMinor] = neededVersion(module);
  const isEnough = Number(major) > needMajor || (Number(major) === needMajor && Number(minor) >= needMinor);
  return code === 0 && isEnough ? 'go' : ensureGoFromPyPI();
}

async function checkGit(): Promise<void> {
  const { code } = await runCommand('git', ['--version']);
  if (code !== 0) throw missing('git is missing: install it (Debian and Ubuntu: apt-get install git)');
}

/** Where what comes of a module is kept. */
function goFolder(module: GoModule): string {
  const sources = globSync('*.go', { cwd: join(MODULES, module) }).toSorted();
  const files = ['go.mod', 'go.sum', ...sources].map((name) => join(MODULES, module, name));
  return cacheFolder(module, files, FLAGS[module]);
}

/** The part's file, built when it is not there yet. */
export async function ensureGoPart(part: GoPart): Promise<string> {
  const folder = goFolder(part.module);
  const file = join(folder, part.name);
  if (existsSync(file)) return file;
  let lastSaid = 0;
  const onWait = (holder: string): void => {
    if (Date.now() - lastSaid < 15_000) return;
    lastSaid = Date.now();
    console.error(`waiting for process ${holder}, which builds ${part.name}`);
  };
  await withLock(join(folder, `${part.name}.lock`), onWait, async () => {
    if (!existsSync(file)) await build(part, file);
  });
  return file;
}

async function build(part: GoPart, file: string): Promise<void> {
  await checkGit();
  const go = await findGo(part.module);
  await withProgress(`building ${part.name} (${part.purpose})`, async () => {
    const unfinished = `${file}.${process.pid}.new`;
    const args = ['build', ...FLAGS[part.module], '-o', unfinished, part.package];
    const options = { name: `build-${part.name}`, cwd: join(MODULES, part.module), env: goEnvironment() };
    const child = startChild(go, args, options);
    const { code } = await child.exited;
    if (code !== 0) {
      rmSync(unfinished, { force: true });
      throw new Failure(`${part.name} could not be built (go ended with ${code}):\n${child.tail(15)}`);
    }
    renameSync(unfinished, file);
  });
}

const STAGES = [
  'node/fast/node-initialize.yaml',
  'node/heartbeat/node-heartbeat.yaml',
  'pod/fast/pod-ready.yaml',
  'pod/fast/pod-complete.yaml',
  'pod/fast/pod-delete.yaml',
];

/** kwok's own rules for how nodes and pods behave, joined in one file beside it. */
export async function ensureKwokStages(): Promise<string> {
  const file = join(goFolder('kwok'), 'stages.yaml');
  if (existsSync(file)) return file;
  const folder = await downloadModule('kwok', 'sigs.k8s.io/kwok');
  const stages = STAGES.map((stage) => readFileSync(join(folder, 'kustomize/stage', stage), 'utf8'));
  writeFileSync(`${file}.new`, stages.join('\n---\n'));
  renameSync(`${file}.new`, file);
  return file;
}

/** The folder with the official compliance suite of JMESPath: files of JSON. */
export const ensureJmespathSuite = (): Promise<string> =>
  ensureFiles('jmespath', 'compliance', 'the compliance suite of JMESPath', {
    'github.com/jmespath/go-jmespath': 'compliance',
  });

/** The folder with the JSON schemas of CycloneDX. */
export const ensureCyclonedxSchemas = (): Promise<string> =>
  ensureFiles('cyclonedx', 'schema', 'the schemas of CycloneDX', { 'github.com/CycloneDX/cyclonedx-go': 'schema' });

/** The folder with the CRDs of Flux. Those of Argo CD are in a module of 56 MB, which is too much to download for one file. */
export const ensureFluxKinds = (): Promise<string> =>
  ensureFiles('flux', 'crds', 'the CRDs of Flux', {
    'github.com/fluxcd/helm-controller': 'config/crd/bases',
    'github.com/fluxcd/kustomize-controller': 'config/crd/bases',
    'github.com/fluxcd/source-controller': 'config/crd/bases',
  });

/** One folder with what these folders of modules have that ours requires. Go checks what it downloads against go.sum. */
async function ensureFiles(
  module: GoModule,
  name: string,
  what: string,
  folders: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = goFolder(module);
  const files = join(folder, name);
  const onWait = (holder: string): void => console.error(`waiting for process ${holder}, which downloads ${what}`);
  await withLock(`${folder}.lock`, onWait, async () => {
    if (existsSync(files)) return;
    rmSync(`${files}.new`, { recursive: true, force: true });
    await withProgress(`downloading ${what}`, async () => {
      for (const [dependency, inside] of Object.entries(folders)) {
        cpSync(join(await downloadModule(module, dependency), inside), `${files}.new`, { recursive: true });
      }
    });
    renameSync(`${files}.new`, files);
  });
  return files;
}

/** Where Go keeps the files of a module that ours requires. */
async function downloadModule(module: GoModule, dependency: string): Promise<string> {
  const go = await findGo(module);
  const options = { cwd: join(MODULES, module), env: goEnvironment() };
  const download = await runCommand(go, ['mod', 'download', dependency], options);
  const { code, stdout, stderr } = await runCommand(go, ['list', '-m', '-f', '{{.Dir}}', dependency], options);
  if (code === 0 && stdout.trim() !== '') return stdout.trim();
  throw new Failure(`the module ${dependency} could not be downloaded: ${(download.stderr + stderr).trim()}`);
}

/** The part out of the folder that KUBEBUILDER_ASSETS names, if it is there. */
export function fromAssets(name: string): string | undefined {
  const assets = process.env.KUBEBUILDER_ASSETS;
  const file = assets === undefined || assets === '' ? undefined : join(assets, name);
  return file !== undefined && existsSync(file) ? file : undefined;
}
