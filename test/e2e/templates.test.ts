import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stage, setStage, type Team } from '../support/stage.ts';
import { readTemplateExamples } from '../support/template-examples.ts';

let stage: Stage;
let team: Team;

beforeAll(async () => {
  stage = await setStage();
  team = await stage.team();
});
afterAll(() => stage?.end());

describe('a template', () => {
  for (const { title, key, held, manifest, data } of readTemplateExamples()) {
    it(`makes a Secret that Kubernetes takes: ${title}`, async () => {
      const ours = (text: string): string => text.replaceAll(key, `${team.namespace}/${key}`);
      await stage.aws.createSecret(ours(key), held);
      await team.externalSecret(manifest.metadata.name, JSON.parse(ours(JSON.stringify(manifest.spec))));
      const secret = await team.holds(manifest.metadata.name, data);
      expect(secret.type).toBe(manifest.spec.target.template.type ?? 'Opaque');
    });
  }

  it('alone makes a Secret, without a read of AWS', async () => {
    const reads = () => ['BatchGetSecretValue', 'GetSecretValue'].flatMap((api) => stage.front.calls(api)).length;
    const before = reads();
    await team.externalSecret('motd', { target: { template: { data: { motd: 'hello' } } } });
    await team.holds('motd', { motd: 'hello' });
    await team.ready('motd', 'True', 'Synced');
    expect(reads()).toBe(before);
  });

  it('that changes changes the Secret', async () => {
    const template = { mergePolicy: 'Merge', data: { motd: 'hello', more: '{{ "a" | upcase }}' } };
    await team.change('motd', { spec: { target: { template } } });
    await team.holds('motd', { motd: 'hello', more: 'A' });
  });

  it('that cannot be read waits for a change, names its place, and leaves the Secret as it was', async () => {
    await team.change('motd', { spec: { target: { template: { data: { more: 'a\n{{ nope' } } } } });
    const { message } = await team.ready('motd', 'False', 'InvalidTemplate');
    expect(message).toContain('spec.target.template.data.more: line 2, column 1: output "{{ nope" not closed');
    const { status } = await team.get('motd');
    expect(status?.conditions?.map(({ type }) => type)).toContain('Stalled');
    await team.holds('motd', { motd: 'hello', more: 'A' });
  });

  it('that lacks a key is rendered once AWS has it, without a change of the spec', async () => {
    const key = `${team.namespace}/late`;
    await stage.aws.createSecret(key, '{"username":"ada"}');
    await team.externalSecret('late', {
      refreshInterval: '10s',
      target: { template: { data: { login: '{{ username }}:{{ password }}' } } },
      dataFrom: [{ extract: { key } }],
    });
    const { message } = await team.ready('late', 'False', 'InvalidTemplate');
    expect(message).toContain('there is no variable password');
    await stage.aws.putSecret(key, '{"username":"ada","password":"s3cret"}');
    await team.holds('late', { login: 'ada:s3cret' });
    await team.ready('late', 'True', 'Synced');
    const { status } = await team.get('late');
    expect(status?.conditions?.map(({ type }) => type)).toEqual(['Ready']);
  });
});
