import type { Refusal } from '../../../../src/aws/refusal.ts';
import { explainSts } from '../../../../src/aws/sts-fault.ts';
import { explainRead } from '../../../../src/aws/translate.ts';
import { absences } from './absences.ts';
import { access, errorOf, type RefusalCase, secret } from './case.ts';
import { denials } from './denials.ts';
import { keys } from './keys.ts';
import { outages } from './outages.ts';
import { searches } from './searches.ts';
import { token, tokens } from './tokens.ts';

interface Table {
  readonly name: string;
  readonly cases: readonly RefusalCase[];
  readonly explain: (it: RefusalCase) => Refusal;
}

/** Every case, with the function that explains it. */
export const tables: readonly Table[] = [
  {
    name: 'to read a value',
    cases: [...denials, ...searches, ...keys, ...absences, ...outages],
    explain: (it) =>
      explainRead({
        api: it.api ?? 'GetSecretValue',
        error: errorOf(it),
        ref: it.ref ?? secret,
        access: it.access ?? access,
      }),
  },
  { name: 'to trade a token', cases: tokens, explain: (it) => explainSts(errorOf(it), it.access ?? access, token) },
];
