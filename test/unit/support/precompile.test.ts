import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from '../../../src/api/parse.ts';
import { readCorpus } from '../../support/manifests.ts';
import { precompile } from '../../support/precompile.ts';
import { inRepository } from '../../support/repository.ts';

/** src/api/parse.ts as the bundle has it. */
let precompiled: { readonly text: string; readonly parse: typeof parse };

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [inRepository('src', 'api', 'parse.ts')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    plugins: [precompile],
    write: false,
    logLevel: 'warning',
  });
  const text = outputFiles[0]?.text ?? '';
  precompiled = { text, ...(await import(`data:text/javascript,${encodeURIComponent(text)}`)) };
});

describe('the validators of the bundle', () => {
  it('need no Ajv to be made', () => {
    expect(precompiled.text).not.toContain('ajv/dist/core.js');
    expect(precompiled.text).not.toContain('fast-uri');
  });

  for (const side of ['valid', 'invalid'] as const) {
    for (const { title, manifest } of readCorpus(side)) {
      it(`say of what is ${side} what those of the sources say: ${title}`, () => {
        const { kind, ...resource } = manifest;
        expect(precompiled.parse(kind, resource, 'refuse')).toEqual(parse(kind, resource, 'refuse'));
      });
    }
  }

  it('tell times that the API server reads from others', () => {
    const at = (lastTransitionTime: string): boolean => {
      const condition = { type: 'Ready', status: 'True', reason: 'Synced', message: '', lastTransitionTime };
      const spec = { secretStoreRef: { name: 'aws' }, data: [{ secretKey: 'a', remoteRef: { key: 'k' } }] };
      const status = { conditions: [condition] };
      return precompiled.parse('ExternalSecret', { metadata: { name: 'db' }, spec, status }).ok;
    };
    expect(at('2026-01-01T00:00:00Z')).toBe(true);
    expect(at('yesterday')).toBe(false);
  });
});
