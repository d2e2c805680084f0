import { type BundledPackage, type Contents, idOf } from './packages.ts';

interface Product {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

/**
 * The bill of materials of a bundle, in CycloneDX 1.6. It has no time and no serial number, so that the same bundle has
 * the same bill.
 */
export function billOf(product: Product, { packages, imports }: Contents): object {
  const root = purlOf(product);
  const purls = new Map(packages.map((each) => [idOf(each), purlOf(each)]));
  const dependsOn = (ids: readonly string[]): string[] => ids.flatMap((id) => purls.get(id) ?? []);
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': root,
        name: product.name,
        version: product.version,
        description: product.description,
        licenses: [{ license: { id: product.license } }],
        purl: root,
      },
    },
    components: packages.map(componentOf),
    dependencies: [
      { ref: root, dependsOn: dependsOn(imports) },
      ...packages.map((each) => ({ ref: purlOf(each), dependsOn: dependsOn(each.imports) })),
    ],
  };
}

const componentOf = (each: BundledPackage): object => ({
  type: 'library',
  'bom-ref': purlOf(each),
  name: each.name,
  version: each.version,
  ...(each.sha512 === undefined ? {} : { hashes: [{ alg: 'SHA-512', content: each.sha512 }] }),
  licenses: [{ license: { id: each.licence } }],
  purl: purlOf(each),
  ...(each.source === undefined ? {} : { externalReferences: [{ type: 'vcs', url: each.source }] }),
});

const purlOf = ({ name, version }: { readonly name: string; readonly version: string }): string =>
  `pkg:npm/${name.replace('@', '%40')}@${version}`;
