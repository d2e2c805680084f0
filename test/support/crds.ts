import { readdirSync, readFileSync } from 'node:fs';
import { inRepository } from './repository.ts';

/** The texts of crds/, one file each. */
export const readCrds = (): string[] =>
  readdirSync(inRepository('crds'))
    .sort()
    .map((file) => readFileSync(inRepository('crds', file), 'utf8'));
