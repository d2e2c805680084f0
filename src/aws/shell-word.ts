/** The text as one word of a POSIX shell, for commands that messages print. */
export const shellWord = (text: string): string =>
  /^[\w/+=.,@:%-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
