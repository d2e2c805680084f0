import { copyFileSync, linkSync, mkdirSync, readdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Finished, runCommand, runDirectory } from './processes.ts';
import { layImage } from './release/image.ts';

/** The user of the image, as the Dockerfile and the chart name it. */
export const IMAGE_USER = 65532;
/** Where the base of the image has node. */
export const NODE = '/nodejs/bin/node';

/** A way to run a command as a container would be: in a root folder of its own, as the image's user. */
export interface Way {
  readonly name: string;
  /** Whether the root folder is read-only, or only nothing in it writable by the user. */
  readonly readOnlyRoot: boolean;
  /** The command line that runs a command in a folder. */
  wrap(folder: string, command: readonly string[]): readonly [string, ...string[]];
}

/** A way, and why this machine refuses it, if it does. */
export interface Tried {
  readonly way: Way;
  readonly refusal: string | undefined;
}

// The folder becomes a read-only mount, seen by this one process; with it go its mounts.
const READ_ONLY = `folder=$1; shift
mount --bind "$folder" "$folder"
mount --rbind /proc "$folder/proc"
mount -o remount,bind,ro "$folder"
`;
const IDS = `${IMAGE_USER}:${IMAGE_USER}`;
const AS_USER = ['setpriv', '--no-new-privs', 'chroot', `--userspec=${IDS}`, '--groups='];
const IN_USER_NAMESPACE = `unshare --user --map-user=${IMAGE_USER} --map-group=${IMAGE_USER} --root="$folder" --`;
const MOUNTS = ['--mount', '--propagation', 'private', 'sh', '-ec'];

/** The best first. */
const WAYS: readonly Way[] = [
  {
    name: 'a mount namespace, as root',
    readOnlyRoot: true,
    wrap: (folder, command) => [
      'unshare',
      ...MOUNTS,
      `${READ_ONLY}exec ${AS_USER.join(' ')} "$folder" "$@"`,
      'sh',
      folder,
      ...command,
    ],
  },
  {
    name: 'a user namespace, as anybody',
    readOnlyRoot: true,
    wrap: (folder, command) => [
      'unshare',
      '--user',
      '--map-root-user',
      ...MOUNTS,
      `${READ_ONLY}exec ${IN_USER_NAMESPACE} "$@"`,
      'sh',
      folder,
      ...command,
    ],
  },
  {
    name: 'chroot, as root',
    readOnlyRoot: false,
    wrap: (folder, command) => ['setpriv', ...AS_USER.slice(1), folder, ...command],
  },
];

/** Runs a command to its end in a folder that was laid as a container. */
export async function runIn(way: Way, folder: string, command: readonly string[]): Promise<Finished> {
  const [program, ...args] = way.wrap(folder, command);
  return runCommand(program, args, { env: { PATH: process.env.PATH } });
}

/** All ways, tried by asking node in a folder for its version. */
export async function tryWays(folder: string): Promise<readonly Tried[]> {
  return Promise.all(
    WAYS.map(async (way) => {
      const { code, stdout, stderr } = await runIn(way, folder, [NODE, '--version']);
      const isOk = code === 0 && stdout.trim() === process.version;
      return { way, refusal: isOk ? undefined : `${way.name}: ${stderr.trim() || `ended with ${code}`}` };
    }),
  );
}

/**
 * Lays a folder as a container of the image: the image's own files, this machine's node with its libraries where the base
 * has its own, and `files`, such as what a kubelet puts into pods. No /tmp, no /dev, no shell. Linux only.
 */
export async function layContainer(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = runDirectory('container');
  layImage(folder);
  const node = realpathSync(process.execPath);
  const { stdout } = await runCommand('ldd', [node]);
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path ?? '');
  for (const [from, to] of [[node, NODE] as const, ...libraries.map((path) => [path, path] as const)]) {
    place(from, makeWay(folder, to));
  }
  for (const [path, text] of Object.entries(files)) writeFileSync(makeWay(folder, path), text);
  mkdirSync(join(folder, 'proc'));
  return folder;
}

function makeWay(folder: string, path: string): string {
  const to = join(folder, path);
  mkdirSync(dirname(to), { recursive: true });
  return to;
}

/** A link, where both are on one disk: node is large. */
function place(from: string, to: string): void {
  try {
    linkSync(realpathSync(from), to);
  } catch {
    copyFileSync(from, to);
  }
}

/** Every file below a folder with its mode, size and time of change: what a write would alter. */
export function stateOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => ({ path, stat: statSync(join(folder, path)) }))
    .map(({ path, stat }) => `${path} ${stat.mode.toString(8)} ${stat.size} ${stat.isFile() ? stat.mtimeMs : ''}`)
    .toSorted();
}
