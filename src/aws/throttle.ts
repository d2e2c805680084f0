import { partitionOf } from './arn.ts';
import { type Asked, homeAccount, serviceName } from './asked.ts';
import type { Refusal } from './refusal.ts';

/** More is asked than a quota bears: which one, what spends it, and what raises it. The API is not named: it changes from look to look. */
export function explainThrottle(asked: Asked): Refusal {
  const { error, ref, access } = asked;
  const account = homeAccount(asked);
  const where = `${access.region}${account === undefined ? '' : ` of account ${account}`}`;
  const start = `AWS throttles ${serviceName(ref)} in ${where}; the account's quota is used up for now`;
  const told = (cause: Refusal['cause'], rest: string): Refusal => ({
    cause,
    kind: 'Throttled',
    detail: `${start}${rest}`,
  });
  if (/KMS/.test(error.message)) {
    return told(
      'kms-throttled',
      `, that of KMS, which every read of an encrypted value spends; raise it: ${quotas('kms', access.region)}`,
    );
  }
  return ref.service === 'ParameterStore'
    ? told(
        'parameter-store-throttled',
        `: all reads of parameters share it (40 calls a second by default), those of other programs too; raise it: ${raiseThroughput(asked)}`,
      )
    : told(
        'secrets-manager-throttled',
        `: all reads of secrets share it, those of other programs too; lengthen refreshInterval; see the quotas: ${quotas('secretsmanager', access.region)}`,
      );
}

/** The call waited for its turn under our own limits until its time was up. */
export const explainNoTurn = ({ ref, access }: Pick<Asked, 'ref' | 'access'>): Refusal => ({
  cause: 'no-turn',
  kind: 'Throttled',
  detail: `${serviceName(ref)} in ${access.region} got no turn within 30 s: more is asked of AWS than the account's quota seems to bear; lengthen refreshInterval, or raise --aws-rate where the quota is higher`,
});

/** The call waited for its turn under the limit that the store has set itself. */
export const explainStoreLimit = ({ ref, access }: Pick<Asked, 'ref' | 'access'>): Refusal => ({
  cause: 'store-limit',
  kind: 'Throttled',
  detail: `${serviceName(ref)} in ${access.region} got no turn within 30 s: more is asked of the store than its own spec.limits.requestsPerSecond of ${access.requestsPerSecond}; raise it, or lengthen refreshInterval`,
});

const quotas = (service: string, region: string): string =>
  `aws service-quotas list-service-quotas --service-code ${service} --region ${region}`;

function raiseThroughput(asked: Asked): string {
  const { region } = asked.access;
  const setting = `arn:${partitionOf(region)}:ssm:${region}:${homeAccount(asked) ?? 'ACCOUNT'}:servicesetting/ssm/parameter-store/high-throughput-enabled`;
  return `aws ssm update-service-setting --setting-id ${setting} --setting-value true --region ${region}`;
}
