import type { Answered } from './exchange.ts';

/** What the API server said, or that nobody knows what it did. */
export type ApiAnswer = Said | { readonly kind: 'lost'; readonly code: string };

export interface Said {
  readonly kind: 'said';
  readonly status: number;
  /** Parsed JSON; undefined where the body is none. */
  readonly body: unknown;
  /** The API server's clock, whole Unix seconds, rounded down. */
  readonly serverTimeS: number;
  /** From Retry-After, at most two minutes. */
  readonly retryAfterMs?: number;
}

/** A longer Retry-After is not believed: the operator would be as good as stopped. */
export const MAX_RETRY_AFTER_MS = 120_000;

/** Parses an HTTP answer. A success without JSON or without the server's time is `lost`: something between here and there broke it. */
export function readAnswer({ status, headers, text }: Answered): ApiAnswer {
  const body = parse(text);
  if (body === undefined && status >= 200 && status < 300) return { kind: 'lost', code: 'NOT_JSON' };
  const dateMs = Date.parse(headers.date ?? '');
  if (Number.isNaN(dateMs) && status < 300) return { kind: 'lost', code: 'NO_DATE' };
  const retryAfterMs = readRetryAfter(headers['retry-after']);
  return {
    kind: 'said',
    status,
    body,
    serverTimeS: Math.floor(dateMs / 1000),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** Seconds; the API server never sends the form with a date. */
function readRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,9}$/.test(header)) return undefined;
  return Math.min(Number(header) * 1000, MAX_RETRY_AFTER_MS);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
