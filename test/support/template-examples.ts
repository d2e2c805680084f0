import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { inRepository } from './repository.ts';

/** An example of docs/templates.md: what AWS holds under which key, the ExternalSecret, and the data of its Secret. */
export interface TemplateExample {
  readonly title: string;
  readonly key: string;
  readonly held: string;
  readonly manifest: {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly target: { readonly template: { readonly type?: string } } };
  };
  readonly data: Readonly<Record<string, string>>;
}

export const templatesPage = (): string => readFileSync(inRepository('docs', 'templates.md'), 'utf8');

/** The text of the page from a heading to the next one of its rank. */
export function sectionOf(page: string, heading: string): string {
  const [, rank = ''] = /^(#+) /.exec(heading) ?? [];
  const [, after = ''] = page.split(`\n${heading}\n`);
  return after.split(new RegExp(`^#{1,${rank.length}} `, 'm'))[0] ?? '';
}

/** The texts of the fenced blocks. */
export const blocksOf = (text: string): readonly string[] =>
  [...text.matchAll(/^```\w+\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);

export function readTemplateExamples(): readonly TemplateExample[] {
  const examples = sectionOf(templatesPage(), '## Examples');
  return [...examples.matchAll(/^### (.+)$/gm)].map(([heading, title = '']) => {
    const text = sectionOf(examples, heading);
    const [held = '', manifest = '', data = ''] = blocksOf(text);
    return { title, key: /^`(.+?)`/m.exec(text)?.[1] ?? '', held, manifest: parse(manifest), data: parse(data) };
  });
}
