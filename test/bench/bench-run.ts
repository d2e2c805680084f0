import { withProgress } from '../support/parts/progress.ts';
import type { Figure } from './figure.ts';
import type { BenchOperator, LaunchOptions } from './operator.ts';
import { DEFAULT_INTERVAL, Population } from './population.ts';
import { isReady } from './watch.ts';
import { openWorld, type World } from './world.ts';

/** So many ExternalSecrets in a world of their own, all in sync, and the operator that keeps them so. */
export interface Synced {
  readonly world: World;
  readonly population: Population;
  operator: BenchOperator;
}

/** How a first sync went. */
export interface ColdSync extends Synced {
  /** From the start of the operator's process to the last status. */
  readonly tookS: number;
}

/** A row: measures one thing, for so many ExternalSecrets. */
export interface Row {
  readonly name: string;
  /** For --help. */
  readonly what: string;
  /** How many ExternalSecrets; undefined where the row has none. */
  readonly count: number;
  /** How many with --quick; undefined leaves the row out there. */
  readonly quickCount?: number;
  measure(run: BenchRun, count: number): Promise<readonly Figure[]>;
}

export interface RunOptions {
  readonly profileDirectory?: string;
}

/** What the rows of a run share: one world at a time, kept for the next row where that can use it. */
export class BenchRun {
  readonly #options: RunOptions;
  #world: World | undefined;
  #synced: Synced | undefined;
  /** Seconds that cold syncs took, by count. */
  readonly coldS = new Map<number, readonly number[]>();

  constructor(options: RunOptions) {
    this.#options = options;
  }

  /** An empty world; the one before it ends. */
  async freshWorld(): Promise<World> {
    await this.end();
    this.#world = await openWorld(this.#options);
    return this.#world;
  }

  /** What the row before has left in sync, or as much made anew. */
  async synced(count: number): Promise<Synced> {
    const kept = this.#synced;
    if (kept?.population.count === count) {
      await kept.population.setInterval(DEFAULT_INTERVAL, kept.operator.gone);
      return kept;
    }
    const world = await this.freshWorld();
    const population = await Population.create(world, { namespace: 'tenant', count });
    const cold = await this.sync(world, population);
    this.keep(cold);
    return cold;
  }

  /** Leaves it for the rows after. */
  keep(synced: Synced): void {
    this.#synced = synced;
  }

  /** Starts an operator and waits until all are in sync. */
  async sync(world: World, population: Population, options?: LaunchOptions): Promise<ColdSync> {
    const { count, watch } = population;
    await world.aws.tell({ order: 'forget' });
    const operator = await world.startOperator(options);
    const seen = await withProgress(`the first sync of ${count.toLocaleString('en')}`, () =>
      watch.until(count, isReady, { timeoutMs: patienceMs(count), gone: operator.gone }),
    );
    await population.check();
    const tookS = (Math.max(...seen.values()) - operator.startedMs) / 1_000;
    return { world, population, operator, tookS };
  }

  async end(): Promise<void> {
    this.#synced = undefined;
    await this.#world?.end();
    this.#world = undefined;
  }
}

/** How long so many may take before the bench gives up: no measure of anything. */
export const patienceMs = (count: number): number => 60_000 + 60 * count;
