import { parse } from 'yaml';
import type { Kind } from '../../src/api/parse.ts';
import { readCrds } from './crds.ts';
import type { FieldSchema } from './mutations.ts';

/** A CustomResourceDefinition, as far as tests read it. */
export interface Definition {
  readonly text: string;
  readonly kind: Kind;
  readonly names: { readonly shortNames: readonly string[]; readonly categories: readonly string[] };
  readonly schema: FieldSchema;
  readonly version: {
    readonly additionalPrinterColumns: readonly { readonly name: string; readonly jsonPath: string }[];
    readonly selectableFields?: readonly { readonly jsonPath: string }[];
    readonly subresources: object;
  };
}

/** The definitions of crds/. */
export const readDefinitions = (): readonly Definition[] =>
  readCrds().map((text) => {
    const { spec } = parse(text);
    const [version] = spec.versions;
    return { text, kind: spec.names.kind, names: spec.names, version, schema: version.schema.openAPIV3Schema };
  });
