/** A queue of SQS, taken apart. */
export interface QueueAddress {
  readonly url: string;
  readonly region: string;
  readonly account: string;
  readonly name: string;
}

const HOST =
  /^(?:sqs(?:-fips)?\.([a-z]{2,5}(?:-[a-z]+)+-\d{1,2})\.|([a-z]{2,5}(?:-[a-z]+)+-\d{1,2})\.queue\.)[a-z0-9.-]+$/;

/** Reads the URL of a queue as AWS gives it; undefined for anything else. */
export function parseQueueUrl(text: string): QueueAddress | undefined {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || `${url.origin}${url.pathname}` !== text) return undefined;
  const [, region, formerRegion] = HOST.exec(url.host) ?? [];
  const [, account, name] = /^\/(\d{12})\/([\w-]{1,80}(?:\.fifo)?)$/.exec(url.pathname) ?? [];
  const place = region ?? formerRegion;
  if (place === undefined || account === undefined || name === undefined) return undefined;
  return { url: text, region: place, account, name };
}
