import { entry } from './entry.ts';
import { refresh } from './force-sync.ts';
import type { Stage, Team } from './stage.ts';

/** Secrets of one key each, by the name that they have in the team, and in AWS behind its namespace. */
export interface Rotation {
  /** Makes the secret in AWS, its ExternalSecret and, by the operator, its Secret. */
  publish(name: string, spec?: object): Promise<void>;
  /** Gives it a new value, and waits until the Secret has it. Answers with the value. */
  rotate(name: string): Promise<string>;
  /** Gives it a new value in AWS alone. */
  putNew(name: string): Promise<string>;
  /** Gives it a value in AWS alone. */
  put(name: string, value: string): Promise<void>;
}

export function rotationOf(stage: Stage, team: Team): Rotation {
  let count = 0;
  const keyOf = (name: string): string => `${team.namespace}/${name}`;
  const put = async (name: string, value: string): Promise<void> =>
    void (await stage.aws.putSecret(keyOf(name), value));
  const putNew = async (name: string): Promise<string> => {
    const value = `value-${++count}`;
    await put(name, value);
    return value;
  };
  return {
    put,
    putNew,
    async publish(name, spec = {}) {
      await stage.aws.createSecret(keyOf(name), 'first');
      await team.externalSecret(name, { data: [entry('password', keyOf(name))], ...spec });
      await team.holds(name, { password: 'first' });
    },
    async rotate(name) {
      const value = await putNew(name);
      await refresh(team, name);
      await team.holds(name, { password: value });
      return value;
    },
  };
}
