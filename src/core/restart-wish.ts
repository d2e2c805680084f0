import { durationMs } from '../api/duration.ts';
import { RELOADER, RESTART_MIN_INTERVAL_ANNOTATION, RESTART_ON_ANNOTATION } from '../api/names.ts';
import { type Pattern, parsePattern } from './pattern.ts';
import type { ObjectMeta } from './ports.ts';
import { restartOn } from './restart.ts';

type Annotations = ObjectMeta['annotations'];
type Annotated = Pick<ObjectMeta, 'annotations' | 'templateAnnotations'>;

/** A Secret as a workload may ask for it. */
export type Named = Pick<ObjectMeta, 'name' | 'annotations'>;

/** For which Secrets a workload asks to be restarted. */
export interface RestartWish {
  /** Equal texts are equal wishes. */
  readonly text: string;
  /** The Secrets that it names, whether they exist or not. */
  readonly names: readonly string[];
  /** Whether Secrets may be meant that it does not name. */
  readonly isOpen: boolean;
  /** Whether it depends on what the pod template refers to. */
  readonly usesTemplate: boolean;
  readonly asksFor: (secret: Named, isReferenced: boolean) => boolean;
}

/** What a workload's annotations ask for; undefined when it did not opt in. */
export type ReadWish = (workload: Annotated) => RestartWish | undefined;

/** By keyferry's own annotation alone. */
export const readOwnWish: ReadWish = (workload) => {
  const wish = restartOn(workload);
  if (wish === undefined) return undefined;
  const text = workload.annotations[RESTART_ON_ANNOTATION] ?? '';
  return wish === '*'
    ? { text, names: [], isOpen: false, usesTemplate: true, asksFor: (_secret, isReferenced) => isReferenced }
    : { text, names: wish, isOpen: false, usesTemplate: false, asksFor: ({ name }) => wish.includes(name) };
};

/** By keyferry's own annotation, or by those of Stakater Reloader where there is none. */
export const readAnyWish: ReadWish = (workload) => readOwnWish(workload) ?? readReloaderWish(workload);

// As Go reads a truth: Reloader does it so for `auto`, and compares the others.
const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const isSet = (annotations: Annotations, name: string): boolean => annotations[`${RELOADER}/${name}`] === 'true';

const AUTO = [`${RELOADER}/auto`, `secret.${RELOADER}/auto`];
const RELOAD = `secret.${RELOADER}/reload`;
const ASKING = [...AUTO, RELOAD, `${RELOADER}/search`];

/** As Reloader does: where the workload has none of those that ask, in whatever words, its pod template is asked. What leaves out stays the workload's. */
function readReloaderWish({ annotations, templateAnnotations = {} }: Annotated): RestartWish | undefined {
  const asking = ASKING.some((name) => annotations[name] !== undefined) ? annotations : templateAnnotations;
  const isAuto = AUTO.some((name) => TRUE.has(asking[name] ?? ''));
  const isSearching = isSet(asking, 'search');
  const asked = asking[RELOAD] ?? '';
  const patterns = patternsOf(asked);
  if (isSet(annotations, 'ignore') || !(isAuto || isSearching || patterns.length > 0)) return undefined;
  const excluded = annotations[`secrets.exclude.${RELOADER}/reload`] ?? '';
  const exclusions = patternsOf(excluded);
  return {
    text: JSON.stringify([isAuto, isSearching, asked, excluded]),
    names: [],
    isOpen: patterns.length > 0,
    usesTemplate: isAuto || isSearching,
    asksFor(secret, isReferenced) {
      const fits = (pattern: Pattern): boolean => pattern(secret.name);
      if (isSet(secret.annotations, 'ignore') || exclusions.some(fits)) return false;
      if (isReferenced && (isAuto || (isSearching && isSet(secret.annotations, 'match')))) return true;
      return patterns.some(fits);
    },
  };
}

/** What is no pattern that can be read means the Secret of that name. */
const patternsOf = (list: string): readonly Pattern[] =>
  list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => parsePattern(entry) ?? ((name) => name === entry));

/** What a workload says of the least time between two restarts. */
export interface SaidInterval {
  readonly annotation: string;
  readonly text: string;
  /** undefined where the text cannot be read. */
  readonly seconds: number | undefined;
}

const PAUSE_PERIOD = `deployment.${RELOADER}/pause-period`;

/** What the workload says of its least interval; undefined where it says nothing. Reloader's pause is taken for one by who reads its wishes. */
export function saidInterval({ annotations }: Annotated, readWish: ReadWish): SaidInterval | undefined {
  const isReloader = readWish === readAnyWish && readOwnWish({ annotations }) === undefined;
  const candidates = [RESTART_MIN_INTERVAL_ANNOTATION, ...(isReloader ? [PAUSE_PERIOD] : [])];
  const annotation = candidates.find((name) => annotations[name] !== undefined);
  if (annotation === undefined) return undefined;
  const text = annotations[annotation]?.trim() ?? '';
  return { annotation, text, seconds: secondsOf(text) };
}

// That of the CRDs' durations, whose counts bound the work on what tenants write.
const DURATION = /^(?:[0-9]{1,7}(?:[.][0-9]{1,3})?(?:ms|s|m|h)){1,4}$/;
const LONGEST_MS = 8_760 * 3_600_000;

function secondsOf(text: string): number | undefined {
  const ms = DURATION.test(text) ? durationMs(text) : Number.NaN;
  return ms <= LONGEST_MS ? ms / 1_000 : undefined;
}
