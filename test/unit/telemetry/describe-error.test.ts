import { describe, expect, it } from 'vitest';
import { describeError } from '../../../src/telemetry/describe-error.ts';

const CANARY = 'hunter2-canary';

function parseBadJson(): unknown {
  try {
    return JSON.parse(CANARY);
  } catch (error) {
    return error;
  }
}

const leaky: readonly { it: string; thrown: unknown }[] = [
  { it: 'an error whose message holds a value', thrown: new Error(`got ${CANARY}`) },
  { it: 'the error of JSON.parse, which quotes its input', thrown: parseBadJson() },
  {
    it: 'a message of many lines that look like frames',
    thrown: new Error(`x\n    at ${CANARY} (file:///${CANARY}:1:1)`),
  },
  { it: 'a thrown string', thrown: CANARY },
  { it: 'a thrown object', thrown: { message: CANARY, data: CANARY, name: `a ${CANARY}` } },
  {
    it: 'an error with fields of its own',
    thrown: Object.assign(new Error('x'), { body: CANARY, headers: { a: CANARY } }),
  },
  { it: 'a code that is a sentence', thrown: Object.assign(new Error('x'), { code: `no: ${CANARY}` }) },
  { it: 'a cause', thrown: new Error('x', { cause: new Error(CANARY, { cause: CANARY }) }) },
  { it: 'an aggregate', thrown: new AggregateError([new Error(CANARY), CANARY], CANARY) },
  { it: 'a message that was changed after the throw', thrown: Object.assign(new Error(CANARY), { message: 'other' }) },
];

describe('describeError', () => {
  for (const { it: name, thrown } of leaky) {
    it(`lets nothing through of ${name}`, () => {
      expect(JSON.stringify(describeError(thrown))).not.toContain(CANARY);
    });
  }

  it('tells name, code, status and frames', () => {
    const error = Object.assign(new TypeError('secret'), { code: 'ECONNRESET', $metadata: { httpStatusCode: 503 } });
    const told = describeError(error);
    expect(told).toMatchObject({ error: 'TypeError', code: 'ECONNRESET', status: 503 });
    expect(told.stack?.length).toBeGreaterThan(2);
    expect(told.stack?.[0]).toMatch(/^at .*describe-error\.test\.ts:\d+:\d+\)?$/);
  });

  it('keeps every shape of frame', () => {
    const frames = [
      'at work (file:///app/keyferry.mjs:1:2)',
      'at async Object.reconcile [as run] (file:///app/keyferry.mjs:3:4)',
      'at new KeyQueue (/app/keyferry.mjs:5:6)',
      'at file:///app/keyferry.mjs:7:8',
      'at async file:///app/keyferry.mjs:7:8',
      'at Array.map (<anonymous>)',
      'at async Promise.all (index 0)',
      'at process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
      'at #private (file:///a path/keyferry.mjs:1:2)',
    ];
    const error = new Error('x');
    error.stack = `Error: x\n${frames.map((frame) => `    ${frame}`).join('\n')}`;
    expect(describeError(error).stack).toEqual(frames);
  });

  it('names the causes, and survives a circle of them', () => {
    const inner = Object.assign(new Error('x'), { code: 'ENOTFOUND' });
    expect(describeError(new Error('x', { cause: inner })).causes).toEqual(['Error ENOTFOUND']);
    inner.cause = inner;
    expect(describeError(inner).causes?.length).toBe(5);
  });

  it('survives a getter that throws', () => {
    const thrown = {
      get name() {
        throw new Error(CANARY);
      },
    };
    expect(describeError(thrown)).toEqual({ error: 'thrown object' });
  });

  for (const thrown of [undefined, null, 7, Symbol('x'), () => 1]) {
    it(`says what kind of thing was thrown: ${String(thrown)}`, () => {
      expect(describeError(thrown)).toEqual({ error: `thrown ${typeof thrown}` });
    });
  }
});
