import { LabelParameterVersionCommand } from '@aws-sdk/client-ssm';
import type { Statement } from '../support/aws/policy.ts';
import { type Aws, TEST_ACCOUNT, TEST_REGION } from '../support/aws.ts';
import type { ValueSourceWorld } from './value-source.suite.ts';

/** How a suite arranges an AWS that is reached through the SDK. */
export const arrangedBy = (aws: Aws): Omit<ValueSourceWorld, 'prefix' | 'source' | 'access' | 'deny'> => ({
  createSecret: (name, value) => aws.createSecret(name, value),
  putSecret: (name, value, stages) => aws.putSecret(name, value, stages),
  markForDeletion: (name) => aws.deleteSecret(name, 'marked'),
  putParameter: async (name, value, type = 'String') => ({
    version: await aws.putParameter(name, value, type),
    arn: `arn:aws:ssm:${TEST_REGION}:${TEST_ACCOUNT}:parameter/${name.replace(/^\//, '')}`,
  }),
  labelParameter: async (Name, ParameterVersion, label) => {
    await aws.parameters.send(new LabelParameterVersionCommand({ Name, ParameterVersion, Labels: [label] }));
  },
  tagSecret: (name, tags) => aws.tagSecret(name, tags),
  tagParameter: (name, tags) => aws.tagParameter(name, tags),
});

/** How a suite denies what it names on the stand-in: all of it at once, by a statement that `put` takes to the identity. */
export function denial(put: (statement: Statement) => void): (name: string) => Promise<void> {
  const denied: string[] = [];
  return async (name) => {
    const place = `${TEST_REGION}:${TEST_ACCOUNT}`;
    const isParameter = name.startsWith('/');
    denied.push(
      isParameter ? `arn:aws:ssm:${place}:parameter${name}` : `arn:aws:secretsmanager:${place}:secret:${name}-??????`,
    );
    put({ Effect: 'Deny', Action: '*', Resource: denied });
  };
}
