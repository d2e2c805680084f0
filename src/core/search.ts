import type { FetchedValue, Service, ValueRef } from './value-ref.ts';

/** What to look for: each secret or parameter whose name begins with the prefix, and that bears every tag with exactly that value. */
export interface Search {
  readonly service: Service;
  /** '' for all names. */
  readonly prefix: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A secret or parameter that a search has found: by its name, and with its value where the list brought that along. */
export interface Found {
  readonly ref: ValueRef;
  readonly value?: FetchedValue;
}
