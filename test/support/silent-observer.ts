import type { Observer } from '../../src/reconcile/observer.ts';

const nothing = (): void => {};

/** Hears of everything, and keeps nothing. */
export const silentObserver: Observer = {
  synced: nothing,
  forgotten: nothing,
  secretWritten: nothing,
  restarted: nothing,
  storeChecked: nothing,
  workloadRead: nothing,
  unexpected: nothing,
};
