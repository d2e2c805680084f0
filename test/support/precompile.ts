import { Ajv, _ as code } from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';
import type { Plugin } from 'esbuild';
import { schemas } from '../../src/api/generated/schemas.ts';
import { AJV_OPTIONS } from '../../src/api/validators.ts';
import { inRepository } from './repository.ts';

/** Puts what Ajv makes of the schemas in place of src/api/validators.ts: a start need not make it, and no pod loads Ajv. */
export const precompile: Plugin = {
  name: 'precompile',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]src[\\/]api[\\/]validators\.ts$/ }, () => ({
      contents: compiledValidators(),
      loader: 'js',
      resolveDir: inRepository('src', 'api'),
    }));
  },
};

/** src/api/validators.ts as it is in the bundle. */
function compiledValidators(): string {
  const kinds = Object.keys(schemas) as (keyof typeof schemas)[];
  const ajv = new Ajv({ ...AJV_OPTIONS, code: { source: true, esm: true, formats: code`formats` } });
  for (const kind of kinds) ajv.addSchema(withoutRules(schemas[kind]), kind);
  const validators = standaloneCode.default(ajv, Object.fromEntries(kinds.map((kind) => [kind, kind])));
  return `import { formats } from './formats.ts';
${validators}
export const validatorOf = (kind) => ({ ${kinds.join(', ')} })[kind];
`;
}

/** Without what only Kubernetes understands. */
function withoutRules(part: unknown): object {
  return JSON.parse(JSON.stringify(part), (key, value) => (key.startsWith('x-kubernetes') ? undefined : value));
}
