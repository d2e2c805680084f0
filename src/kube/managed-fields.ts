import { FIELD_MANAGER } from './kinds.ts';
import { fieldsOf, itemsOf, textOf } from './object-meta.ts';

/**
 * The field managers of a Secret's keys (`data.KEY`), labels (`labels.NAME`) and annotations (`annotations.NAME`). A key that was applied as
 * stringData counts as held: the API server itself sees no conflict there, and would let its author's value be overwritten.
 */
export function readHolders(secret: unknown): ReadonlyMap<string, readonly string[]> {
  const holders = new Map<string, string[]>();
  for (const { manager, fieldsV1 } of entriesOf(secret)) {
    const fields = fieldsOf(fieldsV1);
    const metadata = fieldsOf(fields['f:metadata']);
    const held: readonly (readonly [string, unknown])[] = [
      ['data', fields['f:data']],
      ['data', fields['f:stringData']],
      ['labels', metadata['f:labels']],
      ['annotations', metadata['f:annotations']],
    ];
    for (const [map, names] of held) {
      for (const name of Object.keys(fieldsOf(names))) {
        if (!name.startsWith('f:')) continue;
        const path = `${map}.${name.slice(2)}`;
        holders.set(path, [...new Set([...(holders.get(path) ?? []), textOf(manager)])]);
      }
    }
  }
  return holders;
}

/** When the API server took keyferry's last change of the object (Unix seconds); undefined when it does not tell. */
export function lastWriteS(object: unknown): number | undefined {
  const times = entriesOf(object)
    .filter(({ manager }) => isOurs(textOf(manager)))
    .map(({ time }) => Date.parse(textOf(time)) / 1000);
  return times.length === 0 || times.some(Number.isNaN) ? undefined : Math.max(...times);
}

// ExternalSecrets that merge are managers of their own: `keyferry:UID`.
const isOurs = (manager: string): boolean => manager.split(':')[0] === FIELD_MANAGER.fieldManager;

const entriesOf = (object: unknown) => itemsOf(fieldsOf(fieldsOf(object).metadata).managedFields).map(fieldsOf);
