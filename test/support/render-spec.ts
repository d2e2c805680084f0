import { planRequests } from '../../src/core/plan.ts';
import { renderData, type SecretData } from '../../src/core/render.ts';
import { fail, type Result, succeed } from '../../src/model/result.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import { answersBy } from './answers.ts';
import { READER, specOf, storeOf } from './builders.ts';

/** The data of the Secret that the spec asks for, where AWS holds these texts by key. */
export function renderSpec(spec: object, source: Readonly<Record<string, string>>): Result<SecretData> {
  const wanted = specOf({ data: [], ...spec });
  const planned = planRequests(wanted, 'shop', [{ store: storeOf(), identity: READER }]);
  if (!planned.ok) return planned;
  const { items } = planned.value;
  const answers = answersBy(items, ({ key }) => {
    const text = source[key];
    return text === undefined
      ? fail('SecretNotFound', key, 'is not there')
      : succeed({ value: SecretValue.ofText(text), region: 'eu-west-1' });
  });
  return renderData(items, answers, wanted.target.template);
}
