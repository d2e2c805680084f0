import type { ExternalSecret } from '../api/generated/types.ts';
import type { StoreKind } from './ports.ts';

type Spec = ExternalSecret['spec'];

/** One store that a spec names. */
export interface StoreUse {
  readonly kind: StoreKind;
  readonly name: string;
  /** Where it does so: `spec.secretStoreRef`, or the same of each item. */
  readonly subjects: readonly string[];
}

interface StoreRef {
  readonly name: string;
  readonly kind?: StoreKind;
}

/** The store in full. Inside lists the CRD has no defaults, so an item's store is a SecretStore where nothing is said. */
export const storeRefOf = ({ name, kind = 'SecretStore' }: StoreRef): Required<StoreRef> => ({ name, kind });

/** Every store that the spec names, each once: that of the ExternalSecret first, whether or not an item uses it. */
export function storesOf(spec: Spec): readonly [StoreUse, ...StoreUse[]] {
  const main: StoreUse = { ...storeRefOf(spec.secretStoreRef), subjects: ['spec.secretStoreRef'] };
  const own = new Map<string, StoreUse>();
  for (const { ref, subject } of itemRefs(spec)) {
    const { kind, name } = storeRefOf(ref);
    if (kind === main.kind && name === main.name) continue;
    const id = `${kind}/${name}`;
    own.set(id, { kind, name, subjects: [...(own.get(id)?.subjects ?? []), subject] });
  }
  return [main, ...own.values()];
}

function itemRefs({ data = [], dataFrom = [] }: Spec): { readonly ref: StoreRef; readonly subject: string }[] {
  const refsIn = (items: readonly { secretStoreRef?: StoreRef }[], field: string) =>
    items.flatMap(({ secretStoreRef: ref }, at) =>
      ref === undefined ? [] : [{ ref, subject: `${field}[${at}].secretStoreRef` }],
    );
  return [...refsIn(dataFrom, 'spec.dataFrom'), ...refsIn(data, 'spec.data')];
}
