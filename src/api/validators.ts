import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { formats } from './formats.ts';
import { schemas } from './generated/schemas.ts';

/** How the schemas of the CRDs are read. */
export const AJV_OPTIONS: Options = {
  allErrors: true,
  useDefaults: true,
  strict: false,
  // The schemas are those of the CRDs, which the API server takes: to look at them too, and to polish the code that comes of them,
  // would take as long again. What the bundle gets is polished, once.
  validateSchema: false,
  meta: false,
  code: { optimize: false },
  unicodeRegExp: true,
  formats,
};

const ajv = new Ajv(AJV_OPTIONS);
const known = new Map<keyof typeof schemas, ValidateFunction>();

/**
 * What holds a value against the structure of a kind. Here it is compiled when it is first asked for; in the bundle this whole file is replaced
 * by what comes of that (test/support/precompile.ts), and Ajv is left out.
 */
export function validatorOf(kind: keyof typeof schemas): ValidateFunction {
  const validator = known.get(kind) ?? ajv.compile(schemas[kind]);
  known.set(kind, validator);
  return validator;
}
