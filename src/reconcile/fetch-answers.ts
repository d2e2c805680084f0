import { type Answers, answersOf } from '../core/answers.ts';
import type { Plan } from '../core/plan.ts';
import type { ValueSource } from '../core/ports.ts';

/** Asks every store of the plan at once. Rejects only when aborted. */
export async function fetchAnswers(
  values: Pick<ValueSource, 'fetch'>,
  { requests }: Plan,
  signal: AbortSignal,
): Promise<Answers> {
  const answers = requests.map(async (request) => answersOf(request, await values.fetch(request, signal)));
  return new Map((await Promise.all(answers)).flat());
}
