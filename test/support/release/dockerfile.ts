/** An instruction of a Dockerfile, in the words of its one line. */
export interface Instruction {
  /** In capitals. */
  readonly name: string;
  readonly text: string;
}

/** A stage, from its FROM on. */
export interface Stage {
  /** What its FROM names, without flags. */
  readonly base: string;
  /** After AS, if it has a name. */
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile. Reads what ours is written in: no heredocs, no other escape than the backslash. */
export function parseDockerfile(text: string): Stage[] {
  const lines = text.replaceAll(/^\s*#.*\n/gm, '').replaceAll(/\s*\\\n\s*/g, ' ');
  const stages: { base: string; name: string | undefined; instructions: Instruction[] }[] = [];
  for (const [, name = '', words = ''] of lines.matchAll(/^(\w+)\s+(.*)$/gm)) {
    const [, base = '', as] = /^(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?$/i.exec(words.trim()) ?? [];
    if (name.toUpperCase() === 'FROM') stages.push({ base, name: as, instructions: [] });
    else stages.at(-1)?.instructions.push({ name: name.toUpperCase(), text: words.trim() });
  }
  return stages;
}

/** What all instructions of a name say in a stage. */
export const textsOf = (stage: Stage | undefined, name: string): string[] =>
  stage?.instructions.filter((each) => each.name === name).map(({ text }) => text) ?? [];

/** The words of an instruction in exec form, which may stand after flags and, for a health check, after CMD. */
export function execForm(text: string): string[] {
  const list: unknown = JSON.parse(text.slice(text.indexOf('[')));
  if (!Array.isArray(list) || !list.every((each) => typeof each === 'string')) throw new Error(`no exec form: ${text}`);
  return list;
}
