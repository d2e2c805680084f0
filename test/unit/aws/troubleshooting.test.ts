import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CAUSES } from '../../../src/aws/refusal.ts';
import { unanswered } from '../../../src/aws/translate.ts';
import { access, secret } from './refusals/case.ts';
import { tables } from './refusals/table.ts';

interface Row {
  readonly id: string;
  /** What `kubectl describe` shows, all of it. */
  readonly shows: readonly string[];
  readonly cells: readonly string[];
}

const text = readFileSync(fileURLToPath(new URL('../../../docs/troubleshooting.md', import.meta.url)), 'utf8');

const rows: readonly Row[] = text.split('\n').flatMap((line) => {
  const [, id, shows = '', rest = ''] = /^\| <a id="([\w-]+)"><\/a>([^|]*)\|(.*)\|$/.exec(line) ?? [];
  if (id === undefined) return [];
  return [
    {
      id,
      shows: [...shows.matchAll(/`([^`]+)`/g)].map(([, words = '']) => words),
      cells: rest.split('|').map((cell) => cell.trim()),
    },
  ];
});

/** The row that a reader of the message finds: all that it shows is there, and no other row shows more of it. */
function rowFor(message: string): string | undefined {
  const fitting = rows.filter(({ shows }) => shows.every((words) => message.includes(words)));
  const weight = ({ shows }: Row): number => shows.join('').length;
  return fitting.toSorted((a, b) => weight(b) - weight(a))[0]?.id;
}

describe('docs/troubleshooting.md', () => {
  it('has one row for each cause, and no other', () => {
    expect(rows.map(({ id }) => id).toSorted()).toEqual(CAUSES.toSorted());
  });

  it('tells in each row what is shown, what it means, who acts and where to look', () => {
    for (const { id, shows, cells } of rows) {
      expect(shows.length, id).toBeGreaterThan(0);
      expect(
        cells.filter((cell) => cell !== ''),
        id,
      ).toHaveLength(3);
    }
  });

  it('leads from each message to the row of its cause', () => {
    const astray = tables.flatMap(({ cases, explain }) =>
      cases
        .map((each) => ({ it: each.it, leadsTo: rowFor(explain(each).detail), cause: each.cause }))
        .filter(({ leadsTo, cause }) => leadsTo !== cause),
    );
    expect(astray).toEqual([]);
    expect(rowFor(unanswered(secret, access).detail)).toBe('no-answer');
  });
});
