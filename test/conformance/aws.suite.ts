import { describe, it } from 'vitest';
import type { AwsWorld } from './aws-case.ts';
import { parameterCases } from './aws-parameters.ts';
import { secretListCases } from './aws-secret-lists.ts';
import { secretCases } from './aws-secrets.ts';
import { tokenCases } from './aws-tokens.ts';

/** Holds an AWS that is none to what AWS does. `open` gives a world of its own for each case. */
export function describeAws(name: 'moto' | 'the stand-in', open: () => AwsWorld): void {
  const groups = {
    'Secrets Manager': [...secretCases, ...secretListCases],
    'Parameter Store': parameterCases,
    STS: tokenCases,
  };
  for (const [service, cases] of Object.entries(groups)) {
    describe(`${name} as ${service}`, () => {
      for (const { it: what, motoDiffers, show } of cases) {
        if (name === 'moto' && motoDiffers !== undefined) it.skip(`${what} (moto: ${motoDiffers})`);
        else it(what, () => show(open()));
      }
    });
  }
}
