import { globSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { BUNDLE } from '../support/build.ts';

/** A profile as V8 writes it, as far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      /** From 0. */
      readonly lineNumber: number;
      readonly columnNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** What a profile says of a function, or of all of a package: the time in which it ran itself. */
interface Hot {
  readonly name: string;
  readonly ms: number;
}

interface Reading {
  /** In which anything ran. */
  readonly busyMs: number;
  readonly functions: readonly Hot[];
  readonly places: readonly Hot[];
}

type FrameOf = CpuProfile['nodes'][number]['callFrame'];

/** Adds up where the time of a profile went. `sourceOf` tells the source file of a place in the bundle. */
function readProfile({ nodes, samples, timeDeltas }: CpuProfile, sourceOf: (frame: FrameOf) => string): Reading {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const [functions, places] = [new Map<string, number>(), new Map<string, number>()];
  const add = (map: Map<string, number>, name: string, ms: number) => map.set(name, (map.get(name) ?? 0) + ms);
  for (const [at, id] of samples.entries()) {
    const [frame, ms] = [frames.get(id), (timeDeltas[at] ?? 0) / 1_000];
    if (frame === undefined || frame.functionName === '(idle)') continue;
    const source = sourceOf(frame);
    add(functions, nameOf(frame, source), ms);
    add(places, source === '' ? frame.functionName : placeOf(source), ms);
  }
  const busyMs = functions.values().reduce((sum, ms) => sum + ms, 0);
  const sorted = (map: ReadonlyMap<string, number>): Hot[] =>
    [...map].map(([name, ms]) => ({ name, ms })).toSorted((a, b) => b.ms - a.ms);
  return { busyMs, functions: sorted(functions), places: sorted(places) };
}

/** A package, or a room of src. */
function placeOf(source: string): string {
  const [, scoped] = /node_modules\/((?:@[^/]+\/)?[^/:]+)(?!.*node_modules)/.exec(source) ?? [];
  const [room] = /src\/[^/:]+/.exec(source) ?? [];
  return scoped ?? room ?? source.split(':')[0] ?? source;
}

/** A sampled heap as V8 writes it: what is still held of what each function allocated. */
export interface HeapProfile {
  readonly head: HeapNode;
}

interface HeapNode {
  readonly callFrame: FrameOf;
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

/** Adds up, in MB, who allocated what the process held in the end. */
function readHeap({ head }: HeapProfile, sourceOf: (frame: FrameOf) => string): ReadonlyMap<string, number> {
  const held = new Map<string, number>();
  const left = [head];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    left.push(...node.children);
    if (node.selfSize === 0) continue;
    const name = nameOf(node.callFrame, sourceOf(node.callFrame));
    held.set(name, (held.get(name) ?? 0) + node.selfSize / 1_000_000);
  }
  return held;
}

const nameOf = ({ functionName }: FrameOf, source: string): string =>
  `${functionName === '' ? '(anonymous)' : functionName} ${source}`.trimEnd();

const MOST = 12;

/** The profiles in a directory as text: what took most of the time, and what holds most of the memory. */
export function describeProfiles(directory: string): string {
  const maps = new Map(
    globSync('*.mjs.map', { cwd: dirname(BUNDLE) }).map((file) => [
      file.slice(0, -'.map'.length),
      new SourceMap(JSON.parse(readFileSync(join(dirname(BUNDLE), file), 'utf8'))),
    ]),
  );
  const sourceOf = ({ url, lineNumber, columnNumber }: FrameOf): string => {
    const entry = maps.get(basename(url))?.findEntry(lineNumber, columnNumber);
    if (entry === undefined) return url;
    if (!('originalSource' in entry)) return '';
    return `${entry.originalSource.replace(/^(\.\.\/)+/, '')}:${entry.originalLine + 1}`;
  };
  const texts = (pattern: string, describe: (text: string) => string): string[] =>
    globSync(pattern, { cwd: directory })
      .map((file) => join(directory, file))
      .map((path) => `${path}: ${describe(readFileSync(path, 'utf8'))}`);
  return [
    ...texts('*.cpuprofile', (text) => describeTime(readProfile(JSON.parse(text), sourceOf))),
    ...texts('*.heapprofile', (text) => describeHeap(readHeap(JSON.parse(text), sourceOf))),
  ].join('\n');
}

function describeTime({ busyMs, functions, places }: Reading): string {
  const lines = (hots: readonly Hot[]): string =>
    hots
      .slice(0, MOST)
      .map(
        ({ name, ms }) =>
          `  ${ms.toFixed(0).padStart(7)} ms ${((ms / busyMs) * 100).toFixed(1).padStart(5)} %  ${name}`,
      )
      .join('\n');
  return `busy for ${(busyMs / 1_000).toFixed(2)} s\n${lines(functions)}\n  by package:\n${lines(places)}`;
}

function describeHeap(held: ReadonlyMap<string, number>): string {
  const all = held.values().reduce((sum, megabytes) => sum + megabytes, 0);
  const lines = [...held]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, MOST)
    .map(([name, megabytes]) => `  ${megabytes.toFixed(2).padStart(7)} MB  ${name}`);
  return `${all.toFixed(1)} MB were held in the end\n${lines.join('\n')}`;
}
