import type { ExternalSecret } from '../api/generated/types.ts';
import { parse } from '../api/parse.ts';
import type { RawResource } from '../core/ports.ts';
import { type Result, succeed } from '../model/result.ts';
import { idOf } from './key.ts';

type Spec = ExternalSecret['spec'];

interface Parsed {
  readonly uid: string;
  readonly generation: number;
  readonly spec: Result<Spec>;
}

/**
 * The specs of ExternalSecrets as they were parsed: the schema and its rules would be most of the work of a pass that finds nothing new.
 * A new spec has a new generation.
 */
export class ParsedSpecs {
  readonly #parsed = new Map<string, Parsed>();

  /** The spec with the defaults of the CRD, or an `InvalidSpec` for each thing that is wrong. */
  read(raw: RawResource): Result<Spec> {
    const { metadata } = raw;
    const { uid, name, generation } = metadata;
    const known = this.#parsed.get(idOf(metadata));
    if (known?.uid === uid && known.generation === generation) return known.spec;
    // The cache makes a copy for each who asks, so it is asked only here.
    const parsed = parse('ExternalSecret', { metadata: { name }, spec: raw.spec });
    const read = parsed.ok ? succeed(parsed.value.spec) : parsed;
    this.#parsed.set(idOf(metadata), { uid, generation, spec: read });
    return read;
  }

  /** Lets go of what it has of `namespace/name`. */
  forget(id: string): void {
    this.#parsed.delete(id);
  }
}
