import type { ObjectMeta } from '../core/ports.ts';
import { isAsLeft, type Memo } from './memo.ts';

/**
 * Tells the echo of an own write from news: of thousands of Secrets that are made at a start, the watch tells too, and none need be looked at
 * for that. While one is being written, nobody knows yet which version will be the own one, so what is heard of it meanwhile is judged when
 * the pass has ended. With the process, only looks are saved or lost.
 */
export class Echoes {
  readonly #memos: ReadonlyMap<string, Memo>;
  readonly #wake: (externalSecret: string) => void;
  readonly #heard = new Map<string, ObjectMeta[]>();

  /** `wake` has the ExternalSecret `namespace/name` looked at. */
  constructor(memos: ReadonlyMap<string, Memo>, wake: (externalSecret: string) => void) {
    this.#memos = memos;
    this.#wake = wake;
  }

  /** To be called before the ExternalSecret's pass writes a Secret. */
  begin(id: string): void {
    this.#heard.set(id, []);
  }

  /** Whether nobody has to look at the ExternalSecret for what the watch tells of the Secret. */
  isEcho(id: string, secret: ObjectMeta): boolean {
    const heard = this.#heard.get(id);
    heard?.push(secret);
    return heard !== undefined || this.#isKnown(id, secret);
  }

  /** To be called when the pass has ended, and with what it left noted; wakes the ExternalSecret for what was news. */
  end(id: string): void {
    const heard = this.#heard.get(id) ?? [];
    this.#heard.delete(id);
    if (heard.some((secret) => !this.#isKnown(id, secret))) this.#wake(id);
  }

  #isKnown(id: string, secret: ObjectMeta): boolean {
    const memo = this.#memos.get(id);
    return memo !== undefined && isAsLeft(memo, secret);
  }
}
