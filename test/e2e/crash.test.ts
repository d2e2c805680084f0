import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startOperator } from '../support/operator.ts';
import { type Stage, setStage } from '../support/stage.ts';

const CANARY = 'canary-in-a-thrown-text';

let stage: Stage;

beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage?.end());

/** Runs a script inside the operator's process, beside it: a stand-in for a bug anywhere in it. */
const preload = (script: string): Record<string, string> => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}`,
});

describe('an error that nothing handles', () => {
  const bugs = {
    'a throw in a timer': `process.once('SIGUSR2', () => { throw new TypeError('${CANARY}'); });`,
    'a rejection that nobody waits for': `process.once('SIGUSR2', () => { Promise.reject(new TypeError('${CANARY}')); });`,
  };
  for (const [bug, script] of Object.entries(bugs)) {
    it(`ends the process with a message, and without the error's own text: ${bug}`, async () => {
      const { kubeconfigPath, front } = stage;
      const operator = await startOperator({ kubeconfigPath, awsEndpoint: front.endpoint, env: preload(script) });
      process.kill(operator.pid, 'SIGUSR2');
      expect((await operator.exited).code).toBe(1);
      // The last line may still be on its way from the process that is gone.
      const last = 'An error that nothing handled ends the process';
      await eventually('the message in the log', () => operator.log().includes(last));
      expect(operator.log()).toContain('TypeError');
      expect(operator.log()).not.toContain(CANARY);
    });
  }
});
