import { LabelParameterVersionCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { entry } from '../support/entry.ts';
import { refresh } from '../support/force-sync.ts';
import { type Stage, setStage, type Team } from '../support/stage.ts';

let stage: Stage;
let team: Team;

beforeAll(async () => {
  stage = await setStage();
  team = await stage.team();
});
afterAll(() => stage?.end());

const secretKey = (name: string): string => `${team.namespace}/${name}`;
const parameterKey = (name: string): string => `/${team.namespace}/${name}`;
const parameter = { service: 'ParameterStore' };

describe.concurrent('Secrets Manager', () => {
  it('reads the version that a stage or an id names, and goes on reading it', async () => {
    const key = secretKey('versions');
    const { versionId } = await stage.aws.createSecret(key, 'one');
    await stage.aws.putSecret(key, 'two');
    await team.externalSecret('versions', {
      data: [
        entry('current', key),
        entry('previous', key, { versionStage: 'AWSPREVIOUS' }),
        entry('fixed', key, { versionId }),
      ],
    });
    await team.holds('versions', { current: 'two', previous: 'one', fixed: 'one' });
    await stage.aws.putSecret(key, 'three');
    const { status } = await refresh(team, 'versions');
    expect(await team.secretData('versions')).toEqual({ current: 'three', previous: 'two', fixed: 'one' });
    expect(status?.sources).toHaveLength(3);
    expect(status?.sources).toContainEqual({ key, service: 'SecretsManager', region: 'eu-west-1', versionId });
  });

  it('reads a secret by its ARN, and takes the service from it', async () => {
    const { arn } = await stage.aws.createSecret(secretKey('by-arn'), 'one');
    await team.externalSecret('by-arn', { data: [entry('value', arn)] });
    await team.holds('by-arn', { value: 'one' });
  });

  it('makes every member of a JSON object a key, under the names that the rewrite gives', async () => {
    const members = '{"db/user":"ada","db/pass":"one","port":5432,"rate":1.10,"tags":["a","b"],"none":null}';
    await stage.aws.createSecret(secretKey('members'), members);
    await team.externalSecret('members', {
      dataFrom: [
        {
          extract: { key: secretKey('members') },
          rewrite: [
            { prefix: { remove: 'db/', add: 'SHOP_' } },
            { replace: { from: '/', to: '_' } },
            { case: 'Upper' },
          ],
        },
      ],
    });
    const { data = {} } = await team.holds('members', {
      SHOP_USER: 'ada',
      SHOP_PASS: 'one',
      SHOP_PORT: '5432',
      SHOP_RATE: '1.10',
      SHOP_TAGS: '["a","b"]',
      SHOP_NONE: '',
    });
    expect(Object.keys(data)).toHaveLength(6);
  });

  it('lets later items win over earlier ones, and data over all', async () => {
    await stage.aws.createSecret(secretKey('first'), '{"a":"first","b":"first","c":"first"}');
    await stage.aws.createSecret(secretKey('second'), '{"nested":{"b":"second","c":"second"}}');
    await team.externalSecret('precedence', {
      dataFrom: [
        { extract: { key: secretKey('first') } },
        { extract: { key: secretKey('second'), property: 'nested' } },
      ],
      data: [entry('c', secretKey('first'), { property: 'a' })],
    });
    await team.holds('precedence', { a: 'first', b: 'second', c: 'first' });
  });

  it('leaves out what is optional and absent, and takes it in when it comes', async () => {
    const key = secretKey('optional');
    await stage.aws.createSecret(key, '{"user":"ada"}');
    const optional = { optional: true };
    await team.externalSecret('optional', {
      data: [
        entry('user', key, { property: 'user' }),
        entry('password', key, { property: 'password' }, optional),
        entry('secret', secretKey('later'), {}, optional),
        entry('stage', key, { versionStage: 'GREEN' }, optional),
        entry('parameter', parameterKey('later'), parameter, optional),
      ],
    });
    await team.holds('optional', { user: 'ada' });
    await team.ready('optional', 'True', 'Synced');

    await stage.aws.putSecret(key, '{"user":"ada","password":"one"}', ['AWSCURRENT', 'GREEN']);
    await stage.aws.createSecret(secretKey('later'), 'late');
    await stage.aws.putParameter(parameterKey('later'), 'late too');
    await refresh(team, 'optional');
    await team.holds('optional', {
      user: 'ada',
      password: 'one',
      secret: 'late',
      stage: '{"user":"ada","password":"one"}',
      parameter: 'late too',
    });
  });

  it('decodes as it is told', async () => {
    const key = secretKey('encoded');
    await stage.aws.createSecret(
      key,
      JSON.stringify({ standard: 'PDw/Pz8+Pg==', url: 'PDw_Pz8-Pg', plain: 'no base64!' }),
    );
    const read = (name: string, property: string, decodingStrategy: string): object =>
      entry(name, key, { property, decodingStrategy });
    await team.externalSecret('encoded', {
      data: [
        read('base64', 'standard', 'Base64'),
        read('base64url', 'url', 'Base64URL'),
        read('auto-standard', 'standard', 'Auto'),
        read('auto-url', 'url', 'Auto'),
        read('auto-plain', 'plain', 'Auto'),
        read('none', 'standard', 'None'),
      ],
    });
    await team.holds('encoded', {
      base64: '<<???>>',
      base64url: '<<???>>',
      'auto-standard': '<<???>>',
      'auto-url': '<<???>>',
      'auto-plain': 'no base64!',
      none: 'PDw/Pz8+Pg==',
    });
  });
});

describe.concurrent('Parameter Store', () => {
  it('reads all three types, and decrypts', async () => {
    await stage.aws.putParameter(parameterKey('string'), 'debug');
    await stage.aws.putParameter(parameterKey('list'), 'a,b,c', 'StringList');
    await stage.aws.putParameter(parameterKey('secure'), 's3cret', 'SecureString');
    const ofList = (name: string, property: string): object =>
      entry(name, parameterKey('list'), { ...parameter, property });
    await team.externalSecret('types', {
      data: [
        ...['string', 'list', 'secure'].map((name) => entry(name, parameterKey(name), parameter)),
        ofList('json', '@'),
        ofList('second', '[1]'),
      ],
    });
    await team.holds('types', { string: 'debug', list: 'a,b,c', secure: 's3cret', json: '["a","b","c"]', second: 'b' });
  });

  it('reads the version that a number or a label names, and goes on reading it', async () => {
    const key = parameterKey('versions');
    await stage.aws.putParameter(key, 'one');
    await stage.aws.putParameter(key, 'two');
    await stage.aws.parameters.send(
      new LabelParameterVersionCommand({ Name: key, ParameterVersion: 2, Labels: ['blue'] }),
    );
    await stage.aws.putParameter(key, 'three');
    await team.externalSecret('labels', {
      data: [
        entry('current', key, parameter),
        entry('first', key, { ...parameter, version: 1 }),
        entry('blue', key, { ...parameter, label: 'blue' }),
      ],
    });
    await team.holds('labels', { current: 'three', first: 'one', blue: 'two' });
    await stage.aws.putParameter(key, 'four');
    const { status } = await refresh(team, 'labels');
    expect(await team.secretData('labels')).toEqual({ current: 'four', first: 'one', blue: 'two' });
    const source = { key, service: 'ParameterStore', region: 'eu-west-1' };
    expect(status?.sources).toEqual([4, 1, 2].map((version) => ({ ...source, version })));
  });

  it('reads secrets by way of Parameter Store, and what AWS publishes for all', async () => {
    await stage.aws.createSecret(secretKey('bridged'), '{"user":"ada"}');
    await stage.aws.putSecret(secretKey('bridged'), '{"user":"eve"}');
    const bridge = `/aws/reference/secretsmanager/${secretKey('bridged')}`;
    const region = '/aws/service/global-infrastructure/regions/eu-west-1/longName';
    await team.externalSecret('others', {
      data: [
        entry('user', bridge, { ...parameter, property: 'user' }),
        entry('before', bridge, { ...parameter, property: 'user', label: 'AWSPREVIOUS' }),
        entry('region', region, parameter),
      ],
    });
    await team.holds('others', { user: 'eve', before: 'ada', region: 'Europe (Ireland)' });
  });

  it('follows a parameter that is deleted and made again, and so is version 1 again', async () => {
    const key = parameterKey('reborn');
    await stage.aws.putParameter(key, 'one');
    await team.externalSecret('reborn', { data: [entry('value', key, parameter)] });
    await team.holds('reborn', { value: 'one' });
    await stage.aws.deleteParameter(key);
    await stage.aws.putParameter(key, 'another');
    await refresh(team, 'reborn');
    await team.holds('reborn', { value: 'another' });
  });
});

it('prints for a reference of another tool what to write, and that is all there is to do', async () => {
  const { arn } = await stage.aws.createSecret(secretKey('pasted'), '{"api.key":"one"}');
  await stage.aws.putSecret(secretKey('pasted'), '{"api.key":"two"}');
  await team.externalSecret('pasted', { data: [entry('value', `${arn}:api.key:AWSPREVIOUS:`)] });
  const { message } = await team.ready('pasted', 'False', 'InvalidSpec');
  const [, written = ''] = /write (remoteRef: \{.*?\})/.exec(message) ?? [];
  await team.change('pasted', { spec: { data: [{ secretKey: 'value', ...parse(written) }] } });
  await team.holds('pasted', { value: 'one' });
});
