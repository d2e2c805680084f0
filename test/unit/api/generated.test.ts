import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generate } from '../../support/generate.ts';
import { inRepository } from '../../support/repository.ts';

for (const [name, text] of Object.entries(await generate())) {
  it(`has src/api/generated/${name} as crds/ and npm run generate make it`, () => {
    expect(readFileSync(inRepository('src/api/generated', name), 'utf8') === text, 'run npm run generate').toBe(true);
  });
}
