import { readingOf } from '../core/gone.ts';
import type { ObjectKey, ValueSource } from '../core/ports.ts';
import type { SecretData } from '../core/render.ts';
import { SecretValue } from '../model/secret-value.ts';
import type { Ready } from './prepare.ts';

interface Ports {
  readonly values: Pick<ValueSource, 'identify'>;
  /** The hosts that are asked in place of AWS's own. */
  readonly awsHosts: readonly string[];
  readonly revise: (secret: ObjectKey, data: SecretData) => string;
}

/** What a later not-found will have to be by to count as gone: who reads now, and where. Only deletionPolicy Delete wants to know. */
export async function readingNow(ports: Ports, prepared: Ready, signal: AbortSignal): Promise<string | undefined> {
  const { grounds, plan, target } = prepared;
  if (!plan.ok) return undefined;
  const found = await Promise.all(plan.value.requests.map(({ access }) => ports.values.identify(access, signal)));
  const reading = readingOf(
    grounds,
    found.map((each) => (each.ok ? each.value.identityArn : undefined)),
    ports.awsHosts,
  );
  // Under the installation key, so that nobody can write one into a status.
  return reading && ports.revise(target, new Map([['reading', SecretValue.ofText(reading)]]));
}
