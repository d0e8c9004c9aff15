import type { AgentName } from '../../../../protocol/names.ts';
import { NO_STATS, type StatsSum, turnStats } from '../../../../protocol/schemas/stats.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { Config } from '../../config/schema.ts';
import type { Module } from '../../core/module.ts';
import { FROM_THE_END, pageOf } from '../../core/page.ts';
import { pruneByAge } from '../../core/retention.ts';
import type { Writer } from '../../core/writer.ts';
import { dayStarts } from '../money/policy/windows.ts';
import { dayNames } from '../money/policy/sums.ts';
import { sumTurnStats } from './store/turn-days.ts';
import { listTurnStats, pruneTurnStats, sumTurn, unsummedTurns } from './store/turn-stats.ts';

/** A turn is added to its day when the last reports of its calls have come: this long after its end. */
const SUMMED_AFTER_MS = 3_600_000;
/** Interval of adding turns to their days, and the most turns of one transaction. */
const SUM_EVERY_MS = 60_000;
const MOST_TURNS = 200;

export interface StatsDeps {
  db: Db;
  writer: Writer;
  clock: () => number;
  /** The hive's time zone, in which days are counted. */
  timeZone: string;
  retention: Config['retention'];
}

/** What turns used and how long they took: single turns for a time, sums by day for good. */
export function statsModule({ db, writer, clock, timeZone, retention }: StatsDeps) {
  let sumAt = 0;
  return {
    name: 'stats',
    handlers: {
      operator: {
        sumTurnStats({ name, by, days: count }) {
          const days = dayStarts(count, clock(), timeZone).map(dayNames(timeZone));
          const rows = sumTurnStats(db, { group: by, agent: name ?? null, from: days[0] ?? '' });
          return { timeZone, days, rows, total: rows.reduce(addSums, NO_STATS) };
        },
        listTurnStats({ name, before, limit }) {
          const want = { agent: name ?? null, before: before ?? FROM_THE_END, limit: pageOf(limit) };
          return { turns: listTurnStats(db, want).map(viewTurn) };
        },
      },
    },
    async tidy({ now, steady }) {
      if (steady < sumAt) return;
      const due = unsummedTurns(db, { before: now - SUMMED_AFTER_MS, limit: MOST_TURNS });
      if (due.length > 0)
        await writer.write((tx) => {
          for (const turn of due) sumTurn(tx.db, turn);
        });
      if (due.length < MOST_TURNS) sumAt = steady + SUM_EVERY_MS;
    },
    retention: [pruneByAge(retention.stats_days, (tx, look) => pruneTurnStats(tx.db, look))],
  } satisfies Module;
}

function viewTurn({ outcome, agent, ...row }: ReturnType<typeof listTurnStats>[number]) {
  return { ...row, agent: agent as AgentName, outcome: turnStats.shape.outcome.parse(outcome) };
}

function addSums(a: StatsSum, b: StatsSum): StatsSum {
  const names = Object.keys(NO_STATS) as (keyof StatsSum)[];
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as StatsSum;
}
