import { answerId } from '../../src/core/answers.ts';
import { planRequests } from '../../src/core/plan.ts';
import { renderData, type SecretData } from '../../src/core/render.ts';
import { fail, type Result, succeed } from '../../src/model/result.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import { READER, specOf, storeOf } from './builders.ts';

/** The data of the Secret that the spec asks for, where AWS holds these texts by key. */
export function renderSpec(spec: object, source: Readonly<Record<string, string>>): Result<SecretData> {
  const wanted = specOf({ data: [], ...spec });
  const planned = planRequests(wanted, 'shop', [{ store: storeOf(), identity: READER }]);
  if (!planned.ok) return planned;
  const { items } = planned.value;
  const answers = items.map(({ store, ref }) => {
    const text = source[ref.key];
    const answer =
      text === undefined
        ? fail('SecretNotFound', ref.key, 'is not there')
        : succeed({ value: SecretValue.ofText(text), binary: false, region: 'eu-west-1' });
    return [answerId(store, ref), answer] as const;
  });
  return renderData(items, new Map(answers), wanted.target.template);
}
