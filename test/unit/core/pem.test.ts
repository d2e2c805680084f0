import { describe, expect, it } from 'vitest';
import { pemBlocks } from '../../../src/core/pem.ts';

const block = (label: string, body = 'QQ=='): string => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;

describe('the PEM blocks of a text', () => {
  const cases: readonly { it: string; text: string; want: readonly string[] | undefined }[] = [
    { it: 'are none in a text without any', text: 'hello', want: [] },
    {
      it: 'are those with the label',
      text: block('X') + block('CERTIFICATE') + block('Y'),
      want: [block('CERTIFICATE')],
    },
    {
      it: 'come in their order',
      text: block('CERTIFICATE', 'MQ==') + block('CERTIFICATE', 'Mg=='),
      want: [block('CERTIFICATE', 'MQ=='), block('CERTIFICATE', 'Mg==')],
    },
    { it: 'leave out what stands around them', text: `a\n${block('CERTIFICATE')}b`, want: [block('CERTIFICATE')] },
    {
      it: 'end their lines alike',
      text: block('CERTIFICATE').replaceAll('\n', '  \r\n\t'),
      want: [block('CERTIFICATE')],
    },
    { it: 'need no line feed at the end', text: block('CERTIFICATE').trimEnd(), want: [block('CERTIFICATE')] },
    { it: 'have the whole label', text: block('X509 CERTIFICATE'), want: [] },
    {
      it: 'keep their headers',
      text: block('CERTIFICATE', 'A: b\n\nQQ=='),
      want: [block('CERTIFICATE', 'A: b\n\nQQ==')],
    },
    { it: 'are refused without an end', text: '-----BEGIN CERTIFICATE-----\nQQ==', want: undefined },
    { it: 'are refused without a beginning', text: '-----END CERTIFICATE-----', want: undefined },
    { it: 'are refused with the end of another', text: '-----BEGIN A-----\n-----END B-----', want: undefined },
    {
      it: 'are refused one in another',
      text: `-----BEGIN A-----\n${block('CERTIFICATE')}-----END A-----`,
      want: undefined,
    },
    { it: 'are not in the middle of a line', text: 'x -----BEGIN A-----', want: [] },
  ];
  for (const { it: name, text, want } of cases) it(name, () => expect(pemBlocks(text, /^CERTIFICATE$/)).toEqual(want));
});
