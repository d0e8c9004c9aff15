import type { Module } from './module.ts';
import type { Tx, Writer } from './writer.ts';

/** The rules of all modules, the last module's first: rows are deleted before the rows that they refer to. */
export function retentionOf(modules: readonly Pick<Module, 'retention'>[]): RetentionRule[] {
  return modules.toReversed().flatMap(({ retention }) => retention ?? []);
}

/** The rows that one transaction scans; matches are deleted in the same transaction. */
export interface RetentionStep {
  /** Where the previous step ended; 0 at first. */
  from: number;
  /** Only rows older than this (epoch ms). */
  before: number;
  /** Maximum rows to scan. */
  limit: number;
}

/** `next` is where the next step begins; null when all rows that are old enough were scanned. */
export interface RetentionStepEnd {
  deleted: number;
  next: number | null;
}

/** One kind of rows: its retention, and whether a later round must scan again the rows that an earlier one left. */
export interface RetentionRule {
  /** 0 keeps them for ever. */
  days: number;
  again: boolean;
  step: (tx: Tx, look: RetentionStep) => RetentionStepEnd;
}

/** Maximum thread time of one transaction, in milliseconds: a send waits no longer for it. */
const STEP_MS = 4;
/** Rows per transaction: the initial number of a rule, the minimum and the maximum. */
const ROWS = { first: 100, fewest: 50, most: 2_000 };
const DAY_MS = 86_400_000;
/** Rows that were skipped (written while the clock was ahead) are scanned again after this. */
const BEGIN_AGAIN_MS = DAY_MS / 4;

/** Deletes rows past their retention, in small steps. */
export interface Pruner {
  /**
   * Runs at most `steps` steps, and none after `forMs` milliseconds of the thread; returns the number of deleted
   * rows, and whether there may be more.
   */
  prune(now: number, steps: number, forMs?: number): Promise<{ deleted: number; more: boolean }>;
}

/** The number of rows of a rule's next step, after a step of `rows` rows took `tookMs`. */
export function decideRows(rows: number, tookMs: number): number {
  // Doubled at most: one fast step over rows that all stay says little.
  const fitting = Math.min(rows * 2, (rows * STEP_MS) / Math.max(tookMs, 0.01));
  return Math.round(Math.min(ROWS.most, Math.max(ROWS.fewest, fitting)));
}

/**
 * Rules run one after another. Each has a position up to which its rows were scanned, kept in memory: a restart
 * begins again, and so does every sixth hour.
 */
export function createPruner(
  deps: { writer: Writer; steady: () => number },
  allRules: readonly RetentionRule[],
): Pruner {
  const { writer, steady } = deps;
  const rules = allRules.filter(({ days }) => days > 0);
  const places = rules.map(() => 0);
  const rows = rules.map(() => ROWS.first);
  let current = 0;
  let beganAt = 0;

  return {
    async prune(now, steps, forMs = Infinity) {
      if (Math.abs(now - beganAt) >= BEGIN_AGAIN_MS && current === 0) {
        beganAt = now;
        places.fill(0);
      }
      let deleted = 0;
      let spentMs = 0;
      for (let step = 0; step < steps && spentMs < forMs; step += 1) {
        const rule = rules[current];
        if (rule === undefined) break;
        const from = places[current] ?? 0;
        const limit = rows[current] ?? ROWS.first;
        const look = { from, before: now - rule.days * DAY_MS, limit };
        const { end, tookMs } = await writer.write((tx) => {
          const began = steady();
          return { end: rule.step(tx, look), tookMs: steady() - began };
        });
        spentMs += tookMs;
        rows[current] = decideRows(limit, tookMs);
        deleted += end.deleted;
        if (end.next !== null) places[current] = end.next;
        else {
          if (rule.again) places[current] = 0;
          current += 1;
        }
      }
      const more = current < rules.length;
      if (!more) current = 0;
      return { deleted, more };
    },
  };
}

/** A rule for rows that one statement finds by age: `remove` deletes at most `limit` and returns how many. */
export function pruneByAge(
  days: number,
  remove: (tx: Tx, look: { before: number; limit: number }) => number,
): RetentionRule {
  return {
    days,
    again: true,
    step(tx, look) {
      const deleted = remove(tx, look);
      return { deleted, next: deleted === 0 ? null : 0 };
    },
  };
}

/**
 * Scans rows in the order of creation, so that the first young row ends the step; unless it is younger than the
 * newest row: then it was written while the clock was ahead, and older rows follow it.
 */
export function pruneInOrder<T extends { id: number; at: number }>(
  rows: readonly T[],
  look: RetentionStep & { newestAt: number | undefined },
  remove: (row: T) => boolean,
): RetentionStepEnd {
  let deleted = 0;
  for (const row of rows) {
    if (row.at >= look.before) {
      if (row.at > (look.newestAt ?? row.at)) continue;
      return { deleted, next: null };
    }
    if (remove(row)) deleted += 1;
  }
  const last = rows.at(-1);
  return { deleted, next: last === undefined ? null : last.id };
}
