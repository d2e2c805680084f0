import { describeValueSource } from '../../conformance/value-source.suite.ts';
import { TEST_REGION } from '../../support/aws.ts';
import { MemoryValues } from '../../support/memory-values.ts';
import { accessByKey } from '../../support/value-source.ts';

describeValueSource('memory', () => {
  const aws = new MemoryValues();
  return {
    prefix: 'memory-',
    source: aws,
    access: accessByKey('AKIAEXAMPLE', TEST_REGION),
    deny: { never: 'in memory there are no identities and no policies' },
    createSecret: async (name, value) => aws.set(name, value),
    putSecret: async (name, value, stages) => aws.set(name, value, stages).versionId,
    markForDeletion: async (name) => {
      aws.secret(name).deletedMs = 0;
    },
    putParameter: async (name, value, type) => {
      const { arn, versions } = aws.setParameter(name, value, type);
      return { arn, version: versions.length };
    },
    labelParameter: async (name, version, label) => void aws.parameter(name).versions[version - 1]?.labels.add(label),
    tagSecret: async (name, tags) => {
      for (const [key, value] of Object.entries(tags)) aws.secret(name).tags.set(key, value);
    },
    tagParameter: async (name, tags) => {
      for (const [key, value] of Object.entries(tags)) aws.parameter(name).tags.set(key, value);
    },
  };
});
