import { Failure } from '../failure.ts';

/** What the changelog says of a version: the text below its heading, `## 1.2.3 (2026-11-21)`. Fails where there is none. */
export function notesOf(changelog: string, version: string): string {
  const section = changelog
    .split(/^## /m)
    .find((text) => /^\S+ \(\d{4}-\d\d-\d\d\)\n/.test(text) && text.split(' ')[0] === version);
  const notes = section?.slice(section.indexOf('\n')).trim() ?? '';
  if (notes === '') throw new Failure(`CHANGELOG.md: want a section "## ${version} (YYYY-MM-DD)" with what changed`);
  return `${notes}\n`;
}
