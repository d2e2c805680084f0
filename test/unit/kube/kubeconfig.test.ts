import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openConnection } from '../../../src/kube/connection.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const kubeconfig = (user: object, cluster: object = {}, context: object = {}): string =>
  JSON.stringify({
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', ...context } }],
    clusters: [{ name: 'c', cluster: { server: 'https://api.example:6443/', ...cluster } }],
    users: [{ name: 'u', user }],
  });

describe('the connection', () => {
  let folder: string;
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keyferry-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const users: readonly { it: string; user: object; cluster?: object; want: object }[] = [
    { it: 'a token', user: { token: 't' }, want: { headers: { authorization: 'Bearer t' } } },
    {
      it: 'a token file, trimmed',
      user: { tokenFile: 'token' },
      want: { headers: { authorization: 'Bearer from-file' } },
    },
    {
      it: 'a client certificate, and a CA beside it',
      user: { 'client-certificate': 'cert', 'client-key-data': base64('KEY') },
      cluster: { 'certificate-authority-data': base64('CA'), 'tls-server-name': 'other' },
      want: { cert: 'CERT', key: 'KEY', ca: 'CA', serverName: 'other', headers: {} },
    },
    {
      it: 'a name and password',
      user: { username: 'a', password: 'b' },
      cluster: { 'insecure-skip-tls-verify': true },
      want: { insecure: true, headers: { authorization: `Basic ${base64('a:b')}` } },
    },
    {
      it: 'impersonation',
      user: { token: 't', as: 'x' },
      want: { headers: { authorization: 'Bearer t', 'impersonate-user': 'x' } },
    },
  ];
  for (const { it: name, user, cluster, want } of users) {
    it(`proves itself with ${name}`, async () => {
      await Promise.all([file('token', 'from-file\n'), file('cert', 'CERT')]);
      const opened = await openConnection({ file: await file('config', kubeconfig(user, cluster)) });
      expect(opened).toMatchObject({ ok: true, value: { server: 'https://api.example:6443' } });
      if (opened.ok) expect(await opened.value.credentials(false)).toEqual({ ok: true, value: want });
    });
  }

  it('asks an exec plugin once, and again when its token is refused', async () => {
    const script = `printf x >> "$0.runs"; printf '{"status":{"token":"%s"}}' "$(wc -c < "$0.runs" | tr -d ' ')"`;
    await file('plugin', script);
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: [join(folder, 'plugin')] };
    const opened = await openConnection({ file: await file('config', kubeconfig({ exec })) });
    const tokens: unknown[] = [];
    for (const fresh of [false, false, true]) if (opened.ok) tokens.push(await opened.value.credentials(fresh));
    const want = (count: number): object => ({ ok: true, value: { headers: { authorization: `Bearer ${count}` } } });
    expect(tokens).toEqual([want(1), want(1), want(2)]);
  });

  it('does not quote what a plugin printed', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'echo', args: ['secret-token'] };
    const opened = await openConnection({ file: await file('config', kubeconfig({ exec })) });
    const read = opened.ok ? await opened.value.credentials(false) : opened;
    expect(read).toMatchObject({ ok: false, faults: [{ detail: expect.stringContaining('no JSON') }] });
    expect(JSON.stringify(read)).not.toContain('secret-token');
  });

  it('prefers --kubeconfig to KUBECONFIG, and that to the pod', async () => {
    const one = await file('one', kubeconfig({}, {}, { namespace: 'one' }));
    const two = await file('two', kubeconfig({}, {}, { namespace: 'two' }));
    const pod = { host: '10.0.0.1', port: '443', folder };
    const environment = `${two}${delimiter}${one}`;
    expect(await openConnection({ file: one, environment, pod })).toMatchObject({ value: { namespace: 'one' } });
    expect(await openConnection({ environment, pod })).toMatchObject({ value: { namespace: 'two' } });
    expect(await openConnection({})).toMatchObject({ ok: false });
  });

  it('reads the pod’s own ServiceAccount, and its rotated token', async () => {
    await Promise.all([file('ca.crt', 'CA'), file('token', 'first\n'), file('namespace', 'keyferry\n')]);
    const opened = await openConnection({ pod: { host: 'fd00::1', port: '443', folder } });
    expect(opened).toMatchObject({ value: { server: 'https://[fd00::1]:443', namespace: 'keyferry' } });
    await file('token', 'second');
    if (opened.ok)
      expect(await opened.value.credentials(false)).toEqual({
        ok: true,
        value: { ca: 'CA', headers: { authorization: 'Bearer second' } },
      });
  });

  const broken: readonly { it: string; text: string; want: string }[] = [
    { it: 'YAML that is none, without quoting it', text: 'a: [secret', want: 'it is no valid YAML' },
    { it: 'no current context', text: '{}', want: 'no current-context' },
    { it: 'a server that is no address', text: kubeconfig({}, { server: 'nonsense' }), want: 'no valid server' },
    { it: 'a proxy', text: kubeconfig({}, { 'proxy-url': 'http://p' }), want: 'proxy-url' },
  ];
  for (const { it: name, text, want } of broken) {
    it(`says what is wrong with ${name}`, async () => {
      const opened = await openConnection({ file: await file('config', text) });
      expect(opened).toMatchObject({
        ok: false,
        faults: [{ kind: 'InvalidSpec', detail: expect.stringContaining(want) }],
      });
    });
  }

  it('says that a file is missing, or is none', async () => {
    await mkdir(join(folder, 'd'));
    expect(await openConnection({ file: join(folder, 'none') })).toMatchObject({
      faults: [{ detail: expect.stringContaining('no such file') }],
    });
    expect(await openConnection({ file: join(folder, 'd') })).toMatchObject({
      faults: [{ detail: expect.stringContaining('cannot be read') }],
    });
  });
});
