import { eventually } from './eventually.ts';
import type { Operator } from './operator.ts';

/** Longer than any wait of the operator that tests have to get over: it looks at rotations every six hours. */
const STEP_MS = 7 * 3_600_000;
/** At the last step the clock is right. What AWS lends for an hour must not look old before. */
const STEPS = 4;
const SAYS = 'the clock of the host was put forward';

const script = `
const now = Date.now;
let behindMs = ${STEPS * STEP_MS};
Date.now = () => now() - behindMs;
process.on('SIGUSR2', () => {
  behindMs = Math.max(0, behindMs - ${STEP_MS});
  process.stderr.write('${SAYS}\\n');
});
`;

/** The environment of an operator whose host has a clock that is more than a day behind; its timers are in time. */
export const lateClock = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };

/** Puts the host's clock seven hours forward, and waits until the operator has it; four times at most. */
export async function putClockForward({ pid, log }: Operator): Promise<void> {
  const steps = (): number => log().split(SAYS).length - 1;
  const before = steps();
  if (before === STEPS) throw new Error('the clock is right already');
  process.kill(pid, 'SIGUSR2');
  await eventually('the clock to be put forward', () => steps() > before);
}
