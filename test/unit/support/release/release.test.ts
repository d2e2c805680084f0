import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { notesOf } from '../../../support/release/changelog.ts';
import { checkRelease } from '../../../support/release/release.ts';
import { bindValues } from '../../../support/release/released-chart.ts';
import { inRepository } from '../../../support/repository.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

describe('the notes of a release', () => {
  const changelog =
    '# Changelog\n\n## Unreleased\n\nnew\n\n## 1.0.1 (2026-02-01)\n\nlater\n\n## 1.0.0 (2026-01-01)\n\n### Added\n\n- a\n';

  it('are what the changelog says of that version', () => {
    expect(notesOf(changelog, '1.0.1')).toBe('later\n');
    expect(notesOf(changelog, '1.0.0')).toBe('### Added\n\n- a\n');
  });

  it.for(['1.0.2', '1.0', 'Unreleased'])('are missed for %s', (version) => {
    expect(() => notesOf(changelog, version)).toThrow(`want a section "## ${version} (YYYY-MM-DD)"`);
  });

  it('are missed where nothing is said', () => {
    expect(() => notesOf('## 1.0.0 (2026-01-01)\n\n## 0.9.0 (2025-01-01)\n\na\n', '1.0.0')).toThrow(
      'with what changed',
    );
  });
});

describe('a tag', () => {
  const { version }: { version: string } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8'));

  it('fits package.json, chart and changelog of this checkout', () => {
    expect(checkRelease(`v${version}`).length).toBeGreaterThan(100);
  });

  it.for([version, `v${version}-rc.1`, 'v99.0.0'])('is refused with what does not fit: %s', (tag) => {
    expect(() => checkRelease(tag)).toThrow(
      `the tag is ${tag}, but package.json is ${version}, version in Chart.yaml is ${version}, appVersion in Chart.yaml is`,
    );
  });
});

describe('the values of a released chart', () => {
  const values = readFileSync(inRepository('charts', 'keyferry', 'values.yaml'), 'utf8');

  it('name one image, and are otherwise as they were, comments too', () => {
    const bound = bindValues(values, 'ghcr.io/somebody/keyferry', DIGEST);
    const { image, ...rest } = parse(bound);
    const { image: imageBefore, ...others } = parse(values);
    expect(image).toEqual({ ...imageBefore, repository: 'ghcr.io/somebody/keyferry', digest: DIGEST });
    expect(rest).toEqual(others);
    const before = new Set(values.split('\n'));
    expect(bound.split('\n').filter((line) => !before.has(line))).toEqual([
      '  repository: ghcr.io/somebody/keyferry',
      `  digest: ${DIGEST}`,
    ]);
  });

  it.for([
    ['ghcr.io/Somebody/keyferry', DIGEST],
    ['ghcr.io/somebody/keyferry:1.0', DIGEST],
    ['keyferry', DIGEST],
    ['ghcr.io/somebody/keyferry', 'sha256:12'],
    ['ghcr.io/somebody/keyferry', ''],
  ] as const)('refuse %s at %s', ([repository, digest]) => {
    expect(() => bindValues(values, repository, digest)).toThrow(/want/);
  });
});
