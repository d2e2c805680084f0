const piped = (part: string, times: number): string => Array(times).fill(part).join(' | ');
const listed = (part: string, times: number): string => `[${Array(times).fill(part).join(',')}]`;
export const NUMBERS = `[${Array.from({ length: 12_000 }, (_, at) => (at * 7_919) % 10_007).join(',')}]`;
export const TEXTS = JSON.stringify({
  hay: 'a'.repeat(32_000),
  needle: `b${'a'.repeat(16_000)}`,
  digits: '9'.repeat(8_000),
});

/** Expressions that would go on for ever, or fill the memory, each with the JSON document that it is meant for. */
export const jmespathBombs: readonly (readonly [what: string, expression: string, document: string])[] = [
  ['lists doubled and printed', piped('[@,@]', 20), '1'],
  ['lists doubled forty times', piped('[@,@]', 40), '1'],
  ['lists doubled and flattened', `${piped('[@,@]', 17)} | ${piped('[]', 17)}`, '1'],
  ['lists doubled and flattened at once', piped('[@,@][]', 30), '[1]'],
  ['printing doubled lists', `length(to_string(${piped('[@,@]', 30)}))`, '1'],
  ['printing again and again', piped('to_string([@,@])', 12), TEXTS],
  [
    'joining doubled lists',
    `${piped('[@,@][]', 13)} | join('', @)`,
    '["0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"]',
  ],
  ['sorting a long list', 'sort(@)', NUMBERS],
  ['sorting by printed items', `${piped('[@,@][]', 14)} | sort_by(@, &to_string(@))`, '[[1,2,3]]'],
  ['mapping within mapping', 'map(&map(&map(&map(&map(&[@,@], [@,@]), [@,@]), [@,@]), [@,@]), @)', NUMBERS],
  ['searching aaaa for baaa', listed('contains(hay, needle)', 80), TEXTS],
  ['searching once', 'contains(hay, needle)', TEXTS],
  ['comparing doubled lists', `${piped('[@,@]', 30)} | [0] == [1] && to_string(@)`, '[1.0]'],
  ['measuring long texts', listed('length(hay)', 100), TEXTS],
  ['reversing long texts', listed('reverse(hay)', 100), TEXTS],
  ['reading long numbers', listed('to_number(digits)', 100), `{"digits":"${'9'.repeat(60_000)}"}`],
  ['going over everything many times', listed('[*]', 200), NUMBERS],
  [
    'merging many times',
    `merge(${Array(300).fill('@').join(',')})`,
    `{${Array.from({ length: 1_000 }, (_, at) => `"k${at}":0`).join(',')}}`,
  ],
];
