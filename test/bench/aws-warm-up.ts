import { BatchGetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { GetParametersCommand } from '@aws-sdk/client-ssm';
import { ALLOW_ALL, type StandIn } from '../support/aws/stand-in.ts';
import { openAws, TEST_ACCOUNT, TEST_REGION } from '../support/aws.ts';

const ROUNDS = 100;
/** As many as a call of Parameter Store takes. */
const NAMES = Array.from({ length: 10 }, (_, at) => `/warm-up/${at}`);

/**
 * Reads a while, so that the stand-in has its code compiled before anything is measured: AWS is never cold, and takes none of this machine's
 * processors. It reads as a user, since the seeding keys skip most of that code. The journal is empty afterwards.
 */
export async function warmUp(standIn: StandIn): Promise<void> {
  standIn.putSecrets(NAMES.map((name) => [name, name]));
  standIn.putParameters(NAMES.map((name) => [name, name]));
  const keys = standIn.putUser(`arn:aws:iam::${TEST_ACCOUNT}:user/warm-up`, { policies: [ALLOW_ALL] });
  const { secrets, parameters } = openAws(standIn.endpoint, TEST_REGION, keys);
  for (let round = 0; round < ROUNDS; round++) {
    await secrets.send(new BatchGetSecretValueCommand({ SecretIdList: NAMES }));
    await parameters.send(new GetParametersCommand({ Names: NAMES, WithDecryption: true }));
  }
  secrets.destroy();
  parameters.destroy();
  standIn.journal.splice(0);
}
