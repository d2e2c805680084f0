import { LAST_RESTART_ANNOTATION, RETRY_RESTART_ANNOTATION } from '../api/names.ts';
import { rfc3339 } from './conditions.ts';
import type { ObjectMeta } from './ports.ts';
import { seenRevisions } from './restart.ts';

type Annotated = Pick<ObjectMeta, 'annotations'>;

/** What keyferry notes on a workload of its last restart. */
export interface LastRestart {
  /** When it was (Unix seconds, the API server's clock); undefined when there was none. */
  readonly atS: number | undefined;
  /** The Secrets that it was for. */
  readonly secrets: readonly string[];
  /** Those whose restart somebody has rolled back since. */
  readonly undone: readonly string[];
  /** The value of the retry annotation that was last obeyed. */
  readonly retry: string | undefined;
}

/** The note of the last restart; what is no such note counts as none. */
export function lastRestart({ annotations }: Annotated): LastRestart {
  const note = parseObject(annotations[LAST_RESTART_ANNOTATION] ?? '');
  const atS = Date.parse(textIn(note, 'at') ?? '') / 1_000;
  return {
    atS: Number.isNaN(atS) ? undefined : atS,
    secrets: textsIn(note, 'for'),
    undone: textsIn(note, 'undone'),
    retry: textIn(note, 'retry'),
  };
}

/** Whether the workload says nothing of a restart for the Secret: neither in its record nor in its note. */
export const isSilent = (meta: Annotated, secret: string): boolean =>
  lastRestart(meta).atS === undefined && !Object.hasOwn(seenRevisions(meta), secret);

/** The note as it is written. */
export const toNote = ({ atS, secrets, undone, retry }: LastRestart): string =>
  JSON.stringify({
    ...(atS === undefined ? {} : { at: rfc3339(atS * 1_000), for: secrets }),
    ...(undone.length === 0 ? {} : { undone }),
    retry,
  });

function parseObject(text: string): object {
  try {
    const note: unknown = JSON.parse(text);
    return typeof note === 'object' && note !== null ? note : {};
  } catch {
    return {};
  }
}

function textsIn(note: object, name: string): readonly string[] {
  const found: unknown = Object.hasOwn(note, name) ? Reflect.get(note, name) : undefined;
  return Array.isArray(found) ? found.filter((text) => typeof text === 'string') : [];
}

function textIn(note: object, name: string): string | undefined {
  const found: unknown = Object.hasOwn(note, name) ? Reflect.get(note, name) : undefined;
  return typeof found === 'string' ? found : undefined;
}

/** The value of the retry annotation, if it has not been obeyed yet. */
export function retryWish(meta: Annotated): string | undefined {
  const wish = meta.annotations[RETRY_RESTART_ANNOTATION];
  return wish === lastRestart(meta).retry ? undefined : wish;
}
