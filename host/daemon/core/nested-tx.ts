import type { Tx } from './writer.ts';

/**
 * A handle for work that may be undone inside a transaction: its registered effects (`after`, `beforeCommit`) reach the
 * transaction only with `keep`.
 */
export function nestTx(tx: Tx): { inner: Tx; keep(): void } {
  const asked: (() => void)[] = [];
  return {
    inner: {
      db: tx.db,
      after: (effect) => asked.push(() => tx.after(effect)),
      beforeCommit: (key, job) => asked.push(() => tx.beforeCommit(key, job)),
    },
    keep: () => asked.forEach((ask) => ask()),
  };
}
