import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inRepository } from '../support/repository.ts';

const read = (...path: readonly string[]): string => readFileSync(inRepository(...path), 'utf8');
const attacks = [...read('docs', 'security.md').matchAll(/^\| (S\d\d) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)];

describe('the threat model', () => {
  it('numbers its attacks without a gap', () => {
    expect(attacks.map(([, number]) => number)).toEqual(attacks.map((_, at) => `S${String(at + 1).padStart(2, '0')}`));
    expect(attacks.length).toBeGreaterThan(40);
  });

  for (const [, number, , , cell = ''] of attacks) {
    it(`names for ${number} tests that are there, and one by its words`, () => {
      const shown = cell.split('; ').map((part) => /^`(test\/[\w./-]+\.test\.ts)`(?:: (.+))?$/.exec(part) ?? [part]);
      const wrong = shown.filter(
        ([, file, words = '']) => file === undefined || !existsSync(inRepository(file)) || !read(file).includes(words),
      );
      expect(wrong).toEqual([]);
      expect(shown.some(([, , words]) => words !== undefined)).toBe(true);
    });
  }

  it('says plainly what RBAC cannot do', () => {
    expect(read('docs', 'security.md')).toContain('RBAC cannot narrow Secrets by label');
  });
});

const pages: Readonly<Record<string, readonly string[]>> = {
  install: ['With IRSA', 'With Pod Identity', 'Several accounts', 'VPC endpoints', 'namespaces only'],
  operations: ['Sizing', 'Quotas', 'High availability', 'Upgrades', 'Backup', 'Logs', 'Alerts'],
  security: ['What it can do', 'Who is trusted', 'Attacks', 'Findings', 'How to make it narrower'],
};
for (const [page, topics] of Object.entries(pages)) {
  it(`docs/${page}.md has its chapters, each with something in it`, () => {
    const chapters = read('docs', `${page}.md`).split('\n## ').slice(1);
    const missing = topics.filter(
      (topic) =>
        !chapters.some((text) => text.split('\n')[0]?.toLowerCase().includes(topic.toLowerCase()) && text.length > 200),
    );
    expect(missing).toEqual([]);
  });
}

it('install has Terraform for what IAM and the VPC need', () => {
  const snippets = [...read('docs', 'install.md').matchAll(/^```hcl\n([\s\S]+?)^```/gm)]
    .map(([, text]) => text)
    .join('\n');
  for (const resource of ['aws_iam_role', 'aws_iam_role_policy', 'aws_vpc_endpoint'])
    expect(snippets).toContain(`resource "${resource}"`);
});

it('the README leads to the pages for whoever runs keyferry', () => {
  for (const page of ['install', 'operations', 'security']) expect(read('README.md')).toContain(`(docs/${page}.md)`);
});
