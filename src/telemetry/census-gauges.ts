import { Gauge, type Registry } from '@prometheus-io/client';

/** How all ExternalSecrets stand at a scrape. */
export interface Census {
  /** By the status of their Ready condition. */
  readonly ready: Readonly<Record<'True' | 'False' | 'Unknown', number>>;
  /** By each condition beside Ready that is true of them, and its reason. */
  readonly faulted: readonly { readonly condition: string; readonly reason: string; readonly count: number }[];
  /** Of those that are read by the clock, how many were not read for twice their interval; undefined where nobody knows. */
  readonly overdue?: number;
  /** Seconds since the one was read that was not read for longest; 0 when there is none. */
  readonly oldestSuccessS?: number;
}

/** Registers the gauges of the census; what it returns sets them. */
export function censusGauges(registry: Registry): (census: Census) => void {
  const make = (name: string, help: string, labelNames: readonly string[] = []): Gauge<string> =>
    new Gauge<string>({ name, help, labelNames, registers: [registry] });
  const all = make('keyferry_externalsecrets', 'ExternalSecrets, by the status of their Ready condition.', ['ready']);
  const faulted = make(
    'keyferry_externalsecrets_faulted',
    'ExternalSecrets of which Reconciling or Stalled is true, by its reason.',
    ['condition', 'reason'],
  );
  const overdue = make('keyferry_externalsecrets_overdue', 'ExternalSecrets not read for twice their interval.');
  const oldest = make(
    'keyferry_externalsecrets_oldest_success_seconds',
    'Age of the last good read, of the ExternalSecret for which it is oldest.',
  );
  return (census) => {
    // What is gone since the last scrape must not be reported for ever.
    for (const gauge of [all, faulted, overdue, oldest]) gauge.reset();
    for (const [ready, count] of Object.entries(census.ready)) all.set({ ready }, count);
    for (const { condition, reason, count } of census.faulted) faulted.set({ condition, reason }, count);
    if (census.overdue === undefined) overdue.remove();
    else overdue.set(census.overdue);
    if (census.oldestSuccessS === undefined) oldest.remove();
    else oldest.set(census.oldestSuccessS);
  };
}
