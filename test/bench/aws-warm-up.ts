import { BatchGetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { GetParametersCommand } from '@aws-sdk/client-ssm';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { StandIn } from '../support/aws/stand-in.ts';
import { openAws, TEST_ACCOUNT, TEST_REGION } from '../support/aws.ts';
import type { Cluster } from '../support/cluster.ts';
import { createServiceAccount, requestToken, subjectOf } from '../support/service-account.ts';

const READS = 100;
const TOKENS = 10;
/** As many as a call of Parameter Store takes. */
const NAMES = Array.from({ length: 10 }, (_, at) => `/warm-up/${at}`);
const ROLE = `arn:aws:iam::${TEST_ACCOUNT}:role/warm-up`;

/**
 * Trades tokens and reads a while, as an operator does, so that the stand-in has its code compiled before anything is measured: AWS is never cold,
 * and takes none of this machine's processors. The journal is empty afterwards.
 */
export async function warmUp(standIn: StandIn, cluster: Cluster): Promise<void> {
  standIn.putSecrets(NAMES.map((name) => [name, name]));
  standIn.putParameters(NAMES.map((name) => [name, name]));
  const { secrets, parameters } = openAws(standIn.endpoint, TEST_REGION, await openSession(standIn, cluster));
  for (let round = 0; round < READS; round++) {
    await secrets.send(new BatchGetSecretValueCommand({ SecretIdList: NAMES }));
    await parameters.send(new GetParametersCommand({ Names: NAMES, WithDecryption: true }));
  }
  secrets.destroy();
  parameters.destroy();
  standIn.distrust(ROLE);
  standIn.journal.splice(0);
}

/** The keys of the last of a few sessions. */
async function openSession(standIn: StandIn, cluster: Cluster) {
  await createServiceAccount(cluster, 'default', 'warm-up');
  standIn.trust(ROLE, { subject: subjectOf('default', 'warm-up') });
  const trade = new AssumeRoleWithWebIdentityCommand({
    RoleArn: ROLE,
    RoleSessionName: 'warm-up',
    WebIdentityToken: await requestToken(cluster, 'default', 'warm-up'),
  });
  const sts = new STSClient({ endpoint: standIn.endpoint, region: TEST_REGION });
  let keys = { accessKeyId: '', secretAccessKey: '', sessionToken: '' };
  for (let at = 0; at < TOKENS; at++) {
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = (await sts.send(trade)).Credentials ?? {};
    keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  }
  sts.destroy();
  return keys;
}
