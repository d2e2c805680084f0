const plainText = /^[^\s"=]+$/;

/** A JSON log line as one line for people: `2026-01-02T03:04:05.678Z INFO  message field=value`. Ends with a newline. */
export function textLine(jsonLine: string): string {
  const { level, time, msg, ...fields } = JSON.parse(jsonLine) as Record<string, unknown>;
  const told = Object.entries(fields).map(([name, value]) => `${name}=${textOf(value)}`);
  return `${[time, String(level).toUpperCase().padEnd(5), oneLine(String(msg)), ...told].join(' ')}\n`;
}

const textOf = (value: unknown): string =>
  typeof value === 'string' && plainText.test(value) ? value : JSON.stringify(value);

// A message may quote what a user wrote: no newline may begin a false entry, and no escape code reach the terminal.
const oneLine = (text: string): string => text.replace(/\p{Cc}+/gu, ' ');
