import { describe, expect, it } from 'vitest';
import { readAwsError } from '../../../src/aws/aws-error.ts';
import { fence } from '../../../src/aws/fence.ts';
import type { AwsCall } from '../../../src/aws/transport.ts';

const call: AwsCall = { api: 'GetSecretValue', input: { SecretId: 'a' } };
const { signal } = new AbortController();

describe('the fence before AWS', () => {
  it('lets calls through while it may, and fails them as an outage does afterwards', async () => {
    const sent: AwsCall[] = [];
    let mayCall = true;
    const transport = fence(
      {
        send: async (each) => {
          sent.push(each);
          return 'answer';
        },
        close: () => {},
      },
      () => mayCall,
    );
    expect(await transport.send(call, 'eu-west-1', undefined, signal)).toBe('answer');
    mayCall = false;
    const thrown = await transport.send(call, 'eu-west-1', undefined, signal).catch((error: unknown) => error);
    expect(readAwsError(thrown).class).toBe('transient');
    expect(sent).toEqual([call]);
  });
});
