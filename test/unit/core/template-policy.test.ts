import { describe, expect, it } from 'vitest';
import { renderSpec } from '../../support/render-spec.ts';
import { textsOf } from '../../support/templates.ts';

const DB = '{"username":"bob","password":"pw"}';
const from = { dataFrom: [{ extract: { key: 'db' } }] };
const withTemplate = (template: object) => ({ ...from, target: { template } });

describe('the data of a Secret with a template', () => {
  const cases: readonly { it: string; spec: object; want: Record<string, string> }[] = [
    {
      it: 'is what the templates make, and no fetched key',
      spec: withTemplate({ data: { url: '{{ username }}@db' } }),
      want: { url: 'bob@db' },
    },
    {
      it: 'has the fetched keys beside under Merge',
      spec: withTemplate({ mergePolicy: 'Merge', data: { url: '{{ username }}@db' } }),
      want: { username: 'bob', password: 'pw', url: 'bob@db' },
    },
    {
      it: 'takes a template before a fetched key of that name',
      spec: withTemplate({
        mergePolicy: 'Merge',
        data: { username: '{{ username | upcase }}', url: '{{ username }}' },
      }),
      want: { username: 'BOB', password: 'pw', url: 'bob' },
    },
    {
      it: 'is the fetched keys where the template has no data',
      spec: withTemplate({ type: 'Opaque' }),
      want: { username: 'bob', password: 'pw' },
    },
    {
      it: 'is the fetched keys where the data of the template is empty',
      spec: withTemplate({ mergePolicy: 'Replace', data: {} }),
      want: { username: 'bob', password: 'pw' },
    },
    {
      it: 'needs nothing from AWS',
      spec: { target: { template: { data: { motd: 'hello' } } } },
      want: { motd: 'hello' },
    },
    {
      it: 'sees data before dataFrom',
      spec: {
        ...withTemplate({ data: { out: '{{ username }}' } }),
        data: [{ secretKey: 'username', remoteRef: { key: 'name' } }],
      },
      want: { out: 'carol' },
    },
    {
      it: 'can do without an optional key',
      spec: {
        data: [{ secretKey: 'port', optional: true, remoteRef: { key: 'absent' } }],
        target: { template: { data: { out: '{{ port | default: "5432" }}' } } },
      },
      want: { out: '5432' },
    },
  ];
  for (const { it: name, spec, want } of cases) {
    it(name, () => {
      const rendered = renderSpec(spec, { db: DB, name: 'carol' });
      expect(rendered.ok ? textsOf(rendered.value) : rendered.faults).toEqual(want);
    });
  }
});

describe('a Secret with a template', () => {
  const subjectsOf = (spec: object, source: Record<string, string> = { db: DB }): readonly string[] => {
    const rendered = renderSpec(spec, source);
    return rendered.ok ? [] : rendered.faults.map(({ kind, subject }) => `${kind} ${subject}`);
  };

  it('is told of templates that cannot be read even while values are missing', () => {
    const spec = withTemplate({ data: { a: '{{ nope', b: '{{ nope }}', c: '{{ username }}' } });
    expect(subjectsOf(spec, {})).toEqual([
      'SecretNotFound spec.dataFrom[0]',
      'InvalidTemplate spec.target.template.data.a',
    ]);
  });

  it('may fetch more than a Secret holds, and may not hold it', () => {
    const source = { db: JSON.stringify({ big: 'x'.repeat(700_000), other: 'y'.repeat(700_000) }) };
    expect(subjectsOf(from, source)).toEqual(['SecretTooLarge spec']);
    expect(subjectsOf(withTemplate({ data: { a: '{{ big }}' } }), source)).toEqual([]);
    expect(subjectsOf(withTemplate({ data: { a: '{{ big }}', b: '{{ other }}' } }), source)).toEqual([
      'SecretTooLarge spec',
    ]);
    expect(subjectsOf(withTemplate({ mergePolicy: 'Merge', data: { a: 'x' } }), source)).toEqual([
      'SecretTooLarge spec',
    ]);
  });
});
