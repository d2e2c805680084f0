import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { faults } from '../src/model/fault.ts';

// The laws of the source tree. Each is a function from texts to what is wrong with them, and is shown to find something.

type Tree = ReadonlyMap<string, string>;

const root = fileURLToPath(new URL('..', import.meta.url));
const readTree = (...patterns: readonly string[]): Tree =>
  new Map(
    globSync([...patterns], { cwd: root })
      .map((path) => path.replaceAll('\\', '/'))
      .toSorted()
      .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
  );
const source = readTree('src/**/*.ts');
const documents = readTree('README.md', 'CONTRIBUTING.md', 'docs/**/*.md', 'examples/**/*.md');

/** A law with samples that break it: what it says of the real tree, and of each sample. */
function law(name: string, wrongs: readonly string[], samples: readonly { is: string; wrongs: readonly string[] }[]) {
  describe(name, () => {
    it('holds', () => expect(wrongs).toEqual([]));
    for (const sample of samples) it(`is broken by ${sample.is}`, () => expect(sample.wrongs).toHaveLength(1));
  });
}

const fileOf = (text: string, path = 'src/core/plan.ts'): Tree => new Map([[path, text]]);

// ------------------------------------------------------------------------------------------------------------- imports

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
  readonly names: string;
}

// Comments begin a line or follow a space; so `//` of an address and `/*` of a glob are none.
const codeOf = (text: string): string => text.replaceAll(/(^|\s)(?:\/\/.*|\/\*[\s\S]*?\*\/)/gm, '$1');

function importsOf(path: string, text: string): readonly Import[] {
  const statement =
    /^\s*(?:import|export)\b(?<type>\s+type\b)?(?<names>[^'";=()]*?)\s*(?:\bfrom\s*)?['"](?<to>[^'"\n]+)['"]/gm;
  const call = /\b(?:import|require)\s*\(\s*['"](?<to>[^'"\n]+)['"]/g;
  const code = codeOf(text);
  return [...code.matchAll(statement), ...code.matchAll(call)].map(({ groups }) => {
    const to = groups?.to ?? '';
    const target = to.startsWith('.') ? normalize(join(dirname(path), to)) : to;
    return { from: path, to: target, typeOnly: groups?.type !== undefined, names: groups?.names?.trim() ?? '' };
  });
}

const allImports = (tree: Tree): readonly Import[] => [...tree].flatMap(([path, text]) => importsOf(path, text));

/** `core` for src/core/plan.ts, `main.ts` for src/main.ts, undefined for packages. */
const roomOf = (path: string): string | undefined => /^src\/([^/]+)/.exec(path)?.[1];

interface Reach {
  /** Rooms, or single files, that may be imported. */
  readonly all: readonly string[];
  /** Rooms of which types may be imported too. */
  readonly types: readonly string[];
}

const adapter: Reach = { all: ['model', 'src/api/names.ts'], types: ['core', 'api'] };
const reaches: Readonly<Record<string, Reach>> = {
  model: { all: [], types: [] },
  api: { all: ['model'], types: [] },
  core: { all: ['api', 'model'], types: [] },
  reconcile: { all: ['core', 'api', 'model'], types: [] },
  cli: { all: ['api', 'core', 'aws', 'model'], types: [] },
  aws: adapter,
  kube: adapter,
  controller: adapter,
  telemetry: adapter,
};
const wiring = [
  'main.ts',
  'config.ts',
  'flags.ts',
  'flag-values.ts',
  'operator.ts',
  'work.ts',
  'queues.ts',
  'reconcilers.ts',
  'bounded-passes.ts',
  'leader.ts',
  'observe.ts',
  'census.ts',
  'events.ts',
];

function wrongRooms(tree: Tree): readonly string[] {
  const mayImport = ({ from, to, typeOnly }: Import): boolean => {
    const [room, target] = [roomOf(from) ?? '', roomOf(to)];
    const reach = reaches[room];
    if (target === undefined || room === target || wiring.includes(room)) return true;
    return (
      reach !== undefined &&
      (reach.all.includes(target) || reach.all.includes(to) || (typeOnly && reach.types.includes(target)))
    );
  };
  const strays = [...tree.keys()].filter((path) => {
    const room = roomOf(path) ?? '';
    return !wiring.includes(room) && reaches[room] === undefined;
  });
  return [
    ...strays.map((path) => `${path} is in no room`),
    ...allImports(tree)
      .filter((each) => !mayImport(each))
      .map(({ from, to }) => `${from} may not import ${to}`),
  ];
}

law('imports point down only', wrongRooms(source), [
  { is: 'core that imports aws', wrongs: wrongRooms(fileOf("import type { A } from '../aws/a.ts';")) },
  { is: 'an import over many lines', wrongs: wrongRooms(fileOf("import {\n  a,\n  b,\n} from '../kube/a.ts';")) },
  { is: 'an export from', wrongs: wrongRooms(fileOf("export * from '../kube/a.ts';")) },
  { is: 'an import for its effects', wrongs: wrongRooms(fileOf("import '../kube/a.ts';")) },
  { is: 'an import at run time', wrongs: wrongRooms(fileOf("const a = await import('../kube/a.ts');")) },
  { is: 'an import of main', wrongs: wrongRooms(fileOf("import { a } from '../main.ts';", 'src/cli/a.ts')) },
  {
    is: 'an adapter that imports a value of core',
    wrongs: wrongRooms(fileOf("import { a } from '../core/a.ts';", 'src/aws/a.ts')),
  },
  {
    is: 'an adapter that imports another',
    wrongs: wrongRooms(fileOf("import type { A } from '../kube/a.ts';", 'src/aws/a.ts')),
  },
  {
    is: 'an adapter that imports a value of api',
    wrongs: wrongRooms(fileOf("import { a } from '../api/parse.ts';", 'src/kube/a.ts')),
  },
  { is: 'a file outside the rooms', wrongs: wrongRooms(fileOf('', 'src/shared.ts')) },
]);

function wrongPackages(tree: Tree): readonly string[] {
  const owners: readonly (readonly [RegExp, string])[] = [
    [/^@(aws-sdk|smithy)\//, 'aws'],
    [/^@kubernetes\//, 'kube'],
    [/^(pino|@prometheus-io\/)/, 'telemetry'],
  ];
  const isWrong = ({ from, to, names }: Import): boolean => {
    const room = roomOf(from) ?? '';
    if (roomOf(to) !== undefined || wiring.includes(room)) return false;
    if (from === 'src/core/revision.ts' && to === 'node:crypto') return names.replaceAll(/\s/g, '') !== '{createHmac}';
    if (room === 'model') return true;
    if (['api', 'core', 'reconcile'].includes(room) && to.startsWith('node:')) return true;
    return owners.some(([name, owner]) => name.test(to) && owner !== room);
  };
  return allImports(tree)
    .filter(isWrong)
    .map(({ from, to }) => `${from} may not import ${to}`);
}

law('the inner rooms do no I/O, and each adapter keeps its SDK to itself', wrongPackages(source), [
  { is: 'core that reads files', wrongs: wrongPackages(fileOf("import { readFileSync } from 'node:fs';")) },
  { is: 'crypto elsewhere in core', wrongs: wrongPackages(fileOf("import { createHmac } from 'node:crypto';")) },
  {
    is: 'chance in core/revision.ts',
    wrongs: wrongPackages(fileOf("import { createHmac, randomBytes } from 'node:crypto';", 'src/core/revision.ts')),
  },
  { is: 'a model that imports a package', wrongs: wrongPackages(fileOf("import a from 'a';", 'src/model/a.ts')) },
  { is: 'the AWS SDK in kube', wrongs: wrongPackages(fileOf("import a from '@aws-sdk/a';", 'src/kube/a.ts')) },
]);

/** Every import that closes a circle, found by walking from each file. */
function cycles(tree: Tree): readonly string[] {
  const targets = new Map([...tree].map(([path, text]) => [path, importsOf(path, text).map(({ to }) => to)]));
  const finished = new Set<string>();
  const found: string[] = [];
  const walk = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path].join(' -> '));
    if (way.includes(path) || finished.has(path)) return;
    for (const target of targets.get(path) ?? []) walk(target, [...way, path]);
    finished.add(path);
  };
  for (const path of targets.keys()) walk(path, []);
  return found;
}

law('no imports go in circles', cycles(source), [
  {
    is: 'three files in a circle, one of them by type only',
    wrongs: cycles(
      new Map([
        ['src/core/a.ts', "import { b } from './b.ts';"],
        ['src/core/b.ts', "import type { C } from './c.ts';"],
        ['src/core/c.ts', "export { a } from './a.ts';"],
      ]),
    ),
  },
]);

// ------------------------------------------------------------------------------------------------------------- effects

function strayEffects(tree: Tree): readonly string[] {
  const effect =
    /\bDate\.now\b|\bnew Date\(\s*\)|(?<!new )\bDate\(|\bMath\.random\b|\bperformance\.now\b|\bprocess\.\w+|['"]node:process['"]/g;
  return [...tree]
    .filter(([path]) => path !== 'src/main.ts')
    .flatMap(([path, text]) => [...codeOf(text).matchAll(effect)].map(([use]) => `${path} may not touch ${use}`));
}

law('only main.ts touches the clock, chance and the process', strayEffects(source), [
  { is: 'Date.now', wrongs: strayEffects(fileOf('const a = Date.now();')) },
  { is: 'new Date()', wrongs: strayEffects(fileOf('const a = new Date();')) },
  { is: 'Date()', wrongs: strayEffects(fileOf('const a = Date();')) },
  { is: 'Math.random', wrongs: strayEffects(fileOf('const a = { random: Math.random };')) },
  { is: 'performance.now', wrongs: strayEffects(fileOf('const a = performance.now();')) },
  { is: 'process.env', wrongs: strayEffects(fileOf('const a = process.env;', 'src/config.ts')) },
  { is: 'process.exit', wrongs: strayEffects(fileOf('process.exit(1); // Date.now in a comment is none')) },
  { is: 'node:process', wrongs: strayEffects(fileOf("import { env } from 'node:process';")) },
]);

// --------------------------------------------------------------------------------------------------------------- files

function wrongNames(paths: Iterable<string>): readonly string[] {
  return [...paths].filter((path) => {
    const words = basename(path).split('.')[0] ?? '';
    return !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(words) || /(^|-)(and|utils?|helpers?|misc|common)(-|$)/.test(words);
  });
}

law('a file is one noun or one verb, in kebab-case', wrongNames(readTree('{src,test}/**/*.{ts,mjs}').keys()), [
  { is: 'utils', wrongs: wrongNames(['src/core/string-utils.ts']) },
  { is: 'helpers', wrongs: wrongNames(['test/support/helpers.ts']) },
  { is: 'two nouns', wrongs: wrongNames(['src/core/plan-and-render.ts']) },
  { is: 'another case', wrongs: wrongNames(['src/core/keyQueue.ts']) },
]);

const longFiles = (tree: Tree): readonly string[] =>
  [...tree]
    .filter(([path]) => !path.startsWith('src/api/generated/'))
    .map(([path, text]) => [path, text.trimEnd().split('\n').length] as const)
    .filter(([, lines]) => lines > 300)
    .map(([path, lines]) => `${path} has ${lines} lines`);

law('no source file is longer than 300 lines', longFiles(source), [
  { is: 'line 301', wrongs: longFiles(fileOf('x\n'.repeat(301))) },
]);

const LARGEST_CRD_BYTES = 100_000;

function wrongCrds(tree: Tree): readonly string[] {
  if (tree.size === 0) return ['crds/ holds no CRD'];
  return [...tree]
    .filter(([, text]) => Buffer.byteLength(text) >= LARGEST_CRD_BYTES)
    .map(([path]) => `${path} is too large`);
}

law('each CRD is under 100 KB', wrongCrds(readTree('crds/*.yaml')), [
  { is: 'a large one', wrongs: wrongCrds(fileOf('ä'.repeat(LARGEST_CRD_BYTES / 2), 'crds/a.yaml')) },
  { is: 'none', wrongs: wrongCrds(new Map()) },
]);

// ----------------------------------------------------------------------------------------------------------- documents

/** The first column of every table whose first heading is `Reason`, without backticks. */
function reasonsIn(text: string): readonly string[] {
  const cellOf = (line: string): string | undefined => /^\s*\|\s*(.*?)\s*\|/.exec(line)?.[1]?.replaceAll('`', '');
  const found: string[] = [];
  let inTable = false;
  for (const line of text.split('\n')) {
    const cell = cellOf(line);
    if (cell === 'Reason') inTable = true;
    else if (cell === undefined) inTable = false;
    else if (inTable && !/^:?-+:?$/.test(cell)) found.push(cell);
  }
  return found;
}

function wrongReasons(text: string | undefined, kinds: readonly string[]): readonly string[] {
  if (text === undefined) return ['docs/conditions.md is missing'];
  const rows = reasonsIn(text);
  return [
    ...kinds.filter((kind) => !rows.includes(kind)).map((kind) => `${kind} has no row`),
    ...rows.filter((row) => !kinds.includes(row)).map((row) => `${row} is no fault`),
    ...rows.filter((row, at) => rows.indexOf(row) !== at).map((row) => `${row} has two rows`),
  ];
}

const reasonTable = (...reasons: readonly string[]): string =>
  ['text', '', '| Reason | Meaning |', '|---|:-:|', ...reasons.map((each) => `| \`${each}\` | x \\| y |`), ''].join(
    '\n',
  );

law(
  'each fault has one row in docs/conditions.md',
  wrongReasons(documents.get('docs/conditions.md'), Object.keys(faults)),
  [
    { is: 'a fault without a row', wrongs: wrongReasons(reasonTable('A'), ['A', 'B']) },
    { is: 'a row without a fault', wrongs: wrongReasons(reasonTable('A', 'B'), ['A']) },
    { is: 'two rows of one fault', wrongs: wrongReasons(reasonTable('A', 'B', 'A'), ['A', 'B']) },
    { is: 'no document', wrongs: wrongReasons(undefined, ['A']) },
  ],
);

const withoutCode = (text: string): string =>
  text.replaceAll(/^ *(```|~~~)[\s\S]*?^ *\1/gm, '').replaceAll(/`[^`\n]*`/g, '');

/** The anchors that GitHub gives to the headings, and those written by hand. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set([...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id]) => id ?? ''));
  const prose = text.replaceAll(/^ *(```|~~~)[\s\S]*?^ *\1/gm, '');
  const seen = new Map<string, number>();
  for (const [, heading = ''] of prose.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = words.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(/\s/g, '-');
    const count = seen.get(slug) ?? 0;
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
    seen.set(slug, count + 1);
  }
  return anchors;
}

function deadLinks(tree: Tree, exists: (path: string) => boolean): readonly string[] {
  const link = /\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*<?([^\s>]+)/gm;
  const isDead = (path: string, target: string): boolean => {
    if (/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(target)) return false;
    const [file = '', anchor] = decodeURIComponent(target).split('#', 2);
    const place = file === '' ? path : normalize(file.startsWith('/') ? file.slice(1) : join(dirname(path), file));
    if (place.startsWith('..') || !exists(place)) return true;
    const text = tree.get(place);
    return anchor !== undefined && text !== undefined && !anchorsOf(text).has(anchor);
  };
  return [...tree].flatMap(([path, text]) =>
    [...withoutCode(text).matchAll(link)]
      .map(([, inline, reference]) => inline ?? reference ?? '')
      .filter((target) => isDead(path, target))
      .map((target) => `${path}: ${target}`),
  );
}

const dead = (text: string): readonly string[] =>
  deadLinks(fileOf(text, 'docs/a.md'), (path) => path === 'docs/a.md' || path === 'README.md');

law(
  'every link in the documents is alive',
  deadLinks(documents, (path) => existsSync(join(root, path))),
  [
    { is: 'a file that is not there', wrongs: dead('[b](b.md) [home](../README.md) [far](https://example.com/x)') },
    { is: 'a place outside the repository', wrongs: dead('[b](../../b.md)') },
    { is: 'an anchor that is not there', wrongs: dead('# The `a` & b\n[x](#the-a--b) [y](a.md#the-b)') },
    { is: 'the third of two headings of one name', wrongs: dead('# A\n# A\n[x](#a) [y](#a-1) [z](#a-2)') },
    { is: 'a reference', wrongs: dead('[b][b]\n\n[b]: b.md') },
    { is: 'an image', wrongs: dead('![b](b.png "title")\n```\n[code](c.md)\n```\n`[code](c.md)`') },
  ],
);

it('the documents are there', () => {
  for (const path of ['README.md', 'CONTRIBUTING.md', 'docs']) {
    expect(statSync(join(root, path), { throwIfNoEntry: false }), path).toBeDefined();
  }
});
