import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type Finished, runCommand } from './processes.ts';
import { inRepository } from './repository.ts';

/** Where the chart is. */
export const CHART = inRepository('charts', 'keyferry');

/** Runs helm, with a kubeconfig where it needs a cluster; what it said, and how it ended. */
export const helm = (command: string, args: readonly string[], kubeconfigPath = '/dev/null'): Promise<Finished> =>
  runCommand(command, args, { env: { ...process.env, KUBECONFIG: kubeconfigPath } });

const BEGIN = '<!-- values: written by npm run generate -->';
const END = '<!-- end of values -->';

/** The files of the chart that are made out of others, by their path in the chart. */
export function generateChart(): Record<string, string> {
  const read = (path: string): string => readFileSync(inRepository('charts', 'keyferry', path), 'utf8');
  const crds = readdirSync(inRepository('crds')).filter((name) => name.endsWith('.yaml'));
  return {
    'README.md': withTable(read('README.md'), tableOf(read('values.yaml'))),
    ...Object.fromEntries(
      crds.map((name) => [`files/crds/${name}`, readFileSync(inRepository('crds', name), 'utf8')] as const),
    ),
  };
}

function withTable(readme: string, table: string): string {
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`the README of the chart lacks ${BEGIN} or ${END}`);
  return `${before}${BEGIN}\n${table}\n${END}${after}`;
}

/** Each value that has a comment `# --` before it, with its default. */
function tableOf(values: string): string {
  const defaults: unknown = parse(values);
  const rows = documented(values).map(
    ([path, text]) => `| \`${path}\` | \`${JSON.stringify(at(defaults, path))}\` | ${text} |`,
  );
  return ['| value | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The paths that have a comment, with it. */
function documented(values: string): [path: string, text: string][] {
  const parents: string[] = [];
  const found: [string, string][] = [];
  let comment: string | undefined;
  for (const line of values.split('\n')) {
    const said = /^ *# -- (.*)$/.exec(line)?.[1];
    const [, indent = '', key] = /^( *)([\w-]+):/.exec(line) ?? [];
    if (said !== undefined) comment = said;
    if (key === undefined) continue;
    parents.splice(indent.length / 2, Number.POSITIVE_INFINITY, key);
    if (comment !== undefined) found.push([parents.join('.'), comment]);
    comment = undefined;
  }
  return found;
}

/** What is not said of a value, or of what it is in. */
export function undocumented(values: string): string[] {
  const said = documented(values).map(([path]) => path);
  return leaves(parse(values)).filter((path) => !said.some((each) => path === each || path.startsWith(`${each}.`)));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const leaves = (value: unknown, path = ''): string[] =>
  isObject(value) && Object.keys(value).length > 0
    ? Object.entries(value).flatMap(([key, child]) => leaves(child, path === '' ? key : `${path}.${key}`))
    : [path];

const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((found, key) => (isObject(found) ? found[key] : undefined), value);
