/** Where to listen. Without a host: on every address of the machine. */
export interface ListenAddress {
  readonly host?: string;
  /** 0 means any port that is free. */
  readonly port: number;
}

const SHAPE = /^(?:\[(?<v6>[0-9A-Fa-f:.]+)\]|(?<host>[A-Za-z0-9.-]*)):(?<port>\d{1,5})$/;

/** Reads `HOST:PORT`, `:PORT` or `[IPv6]:PORT`; undefined when the text is none of these. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const found = SHAPE.exec(text)?.groups;
  const port = Number(found?.port);
  if (found === undefined || port > 65_535) return undefined;
  const host = found.v6 ?? found.host;
  return host === undefined || host === '' ? { port } : { host, port };
}
