import { matchesArn, matchesPattern } from './pattern.ts';

/** Operator, then key, then the values of which one has to fit. */
export type Condition = Readonly<Record<string, Readonly<Record<string, string | boolean | readonly string[]>>>>;

/** What is known about a request, by condition key in lower case. */
export type ConditionContext = ReadonlyMap<string, readonly string[]>;

/** The context of a request, out of keys in any case; what is undefined is not known. */
export function contextOf(known: Readonly<Record<string, string | readonly string[] | undefined>>): ConditionContext {
  const entries = Object.entries(known).flatMap(([key, value]) => {
    if (value === undefined) return [];
    return [[key.toLowerCase(), typeof value === 'string' ? [value] : value] as const];
  });
  return new Map(entries);
}

type Fits = (wanted: string, got: string) => boolean;

const OPERATORS: Readonly<Record<string, { readonly fits: Fits; readonly isNegated: boolean }>> = {
  StringEquals: { fits: (wanted, got) => wanted === got, isNegated: false },
  StringNotEquals: { fits: (wanted, got) => wanted === got, isNegated: true },
  StringLike: { fits: matchesPattern, isNegated: false },
  StringNotLike: { fits: matchesPattern, isNegated: true },
  ArnLike: { fits: matchesArn, isNegated: false },
};

/** True when every operator and key of the condition holds. An operator that is not known here is a bug in the test. */
export const holds = (condition: Condition, context: ConditionContext): boolean =>
  Object.entries(condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => {
      const wanted = [values].flat().map(String);
      return fulfils(operator, wanted, context.get(key.toLowerCase()));
    }),
  );

function fulfils(written: string, wanted: readonly string[], got: readonly string[] | undefined): boolean {
  if (written === 'Null') return wanted.includes(String(got === undefined));
  const [, forAll, name = '', ifExists] = /^(ForAllValues:)?(\w+?)(IfExists)?$/.exec(written) ?? [];
  const operator = OPERATORS[name];
  if (operator === undefined) throw new Error(`the stand-in knows no condition operator ${written}`);
  // A key that is absent is unlike every value; and all of no values are like any.
  if (got === undefined) return operator.isNegated || ifExists !== undefined || forAll !== undefined;
  const fitsOne = (value: string): boolean => wanted.some((one) => operator.fits(one, value)) !== operator.isNegated;
  return forAll === undefined ? got.some(fitsOne) : got.every(fitsOne);
}
