import { expect, it } from 'vitest';
import { parseListenAddress } from '../../../src/telemetry/listen-address.ts';

const cases: readonly { text: string; want: ReturnType<typeof parseListenAddress> }[] = [
  { text: '127.0.0.1:8080', want: { host: '127.0.0.1', port: 8080 } },
  { text: 'localhost:0', want: { host: 'localhost', port: 0 } },
  { text: ':8080', want: { port: 8080 } },
  { text: '[::1]:8080', want: { host: '::1', port: 8080 } },
  { text: '[::]:65535', want: { host: '::', port: 65535 } },
  { text: ':65536', want: undefined },
  { text: '8080', want: undefined },
  { text: '::1:8080', want: undefined },
  { text: 'host:', want: undefined },
  { text: 'host:-1', want: undefined },
  { text: 'http://host:80', want: undefined },
  { text: '[]:80', want: undefined },
  { text: '', want: undefined },
];
for (const { text, want } of cases) {
  it(`reads "${text}" as ${want === undefined ? 'no address' : JSON.stringify(want)}`, () => {
    expect(parseListenAddress(text)).toEqual(want);
  });
}
