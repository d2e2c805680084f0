import { readFileSync } from 'node:fs';
import { parse as parseHcl } from '@cdktn/hcl2json';
import { parse as parseYaml } from 'yaml';
import { inRepository } from './repository.ts';

/** What EventBridge holds events against. */
export type Pattern = Readonly<Record<string, unknown>>;

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

export const templatePath = (name: 'queue' | 'forward'): string =>
  inRepository('examples', 'events', 'cloudformation', `${name}.yaml`);

/** The resources of a template, by type. What its functions come to is left out. */
export function resourcesOf(name: 'queue' | 'forward', type: string): readonly Resource['Properties'][] {
  const text = readFileSync(templatePath(name), 'utf8');
  const { Resources }: { Resources: Record<string, Resource> } = parseYaml(text, { logLevel: 'error' });
  return Object.values(Resources)
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties);
}

interface TerraformModule {
  readonly locals: readonly { readonly patterns: Readonly<Record<string, Pattern>> }[];
  readonly data: Readonly<Record<string, Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>>>;
  readonly resource: TerraformModule['data'];
}

/** A module as Terraform reads it; expressions stay text. */
export const terraformOf = (name: 'queue' | 'forward'): Promise<TerraformModule> => {
  const path = inRepository('examples', 'events', 'terraform', name, 'main.tf');
  return parseHcl(path, readFileSync(path, 'utf8')) as Promise<TerraformModule>;
};
