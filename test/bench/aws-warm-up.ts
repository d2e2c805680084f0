import { BatchGetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { ALLOW_ALL, type StandIn } from '../support/aws/stand-in.ts';
import { TEST_ACCOUNT, TEST_REGION } from '../support/aws.ts';

const ROUNDS = 100;
/** As many as a call of Parameter Store takes. */
const NAMES = Array.from({ length: 10 }, (_, at) => `/warm-up/${at}`);

/**
 * Reads a while, so that the stand-in has its code compiled before anything is measured: AWS is never cold, and takes none of this machine's
 * processors. The journal is as it was, and no limit is touched.
 */
export async function warmUp(standIn: StandIn): Promise<void> {
  standIn.putSecrets(NAMES.map((name) => [name, name]));
  standIn.putParameters(NAMES.map((name) => [name, name]));
  const credentials = standIn.putUser(`arn:aws:iam::${TEST_ACCOUNT}:user/warm-up`, { policies: [ALLOW_ALL] });
  const place = { endpoint: standIn.endpoint, region: TEST_REGION, credentials };
  const secrets = new SecretsManagerClient(place);
  const parameters = new SSMClient(place);
  for (let round = 0; round < ROUNDS; round++) {
    await secrets.send(new BatchGetSecretValueCommand({ SecretIdList: NAMES }));
    await parameters.send(new GetParametersCommand({ Names: NAMES, WithDecryption: true }));
  }
  secrets.destroy();
  parameters.destroy();
  standIn.journal.splice(0);
}
