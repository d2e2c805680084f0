import { Failure } from '../failure.ts';
import { type BundledPackage, idOf } from './packages.ts';

/**
 * The licences that code in the bundle may have. MPL-2.0 is a copyleft of single files: it asks that whoever gets the
 * bundle is told where the source of those files is, so such a package has to name its repository.
 */
const ALLOWED_LICENCES = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MPL-2.0',
];

/** What stands against shipping these packages; nothing where all is well. */
export function refuseLicences(packages: readonly BundledPackage[]): string[] {
  return packages.flatMap((each) => {
    if (!ALLOWED_LICENCES.includes(each.licence)) return [`${idOf(each)}: ${each.licence} is not on the list`];
    if (each.licence === 'MPL-2.0' && each.source === undefined)
      return [`${idOf(each)} does not say where its source is`];
    return [];
  });
}

const RULE = '='.repeat(100);

/**
 * The licences of all packages in the bundle, those with one text together. `apache` is the text for packages under
 * Apache-2.0 that bring none; any other without a text is refused.
 */
export function printLicences(packages: readonly BundledPackage[], apache: string): string {
  const byText = new Map<string, BundledPackage[]>();
  for (const each of packages) {
    const text = textOf(each, apache);
    byText.set(text, [...(byText.get(text) ?? []), each]);
  }
  const sections = [...byText].map(([text, those]) => [...those.map(lineOf), '', text, '', RULE].join('\n'));
  return `Keyferry holds code of these packages.\n\n${RULE}\n${sections.join('\n')}\n`;
}

function textOf(each: BundledPackage, apache: string): string {
  if (each.texts.length > 0) return each.texts.join('\n\n');
  if (each.licence === 'Apache-2.0') return apache.trim();
  throw new Failure(`${idOf(each)} brings no text of its licence, ${each.licence}`);
}

const lineOf = (each: BundledPackage): string =>
  `${each.name} ${each.version} (${each.licence})${each.source === undefined ? '' : ` ${each.source}`}`;
