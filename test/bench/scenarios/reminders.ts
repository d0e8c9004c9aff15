import { setTimeout as wait } from 'node:timers/promises';
import { openTestHive } from '../../support/test-hive.ts';
import type { BenchRun, Figure, Scenario } from '../figure.ts';
import { measureCommits } from '../floors/commits.ts';
import { cpuMs } from '../processor-time.ts';
import { inhabitant, INHABITANTS } from '../seeds/population.ts';
import { seedReminders } from '../seeds/reminders.ts';
import { openReader, startSeeded } from '../seeds/seed-hive.ts';
import { WITHOUT_BOXES } from '../without-boxes.ts';

const STANDING = 100_000;
const DUE_AT_ONCE = 10_000;
const DAY_MS = 86_400_000;
/** V8 compiles what the start has used, and disks are measured. */
const SETTLE_MS = 20_000;
const IDLE_MS = 30_000;
/** Enough time to fill and start a hive before they are due. */
const AHEAD_MS = 10_000;
const PATIENCE_MS = 60_000;

/** Reminders that are not due, and many that are due at once; they are inserted while the hive is down. */
export const reminders: Scenario = {
  names: ['reminders.idle', 'reminders.burst'],
  async run(bench) {
    const figures: Figure[] = [];
    if (bench.wants('reminders.idle')) figures.push(await measureIdle(bench));
    if (bench.wants('reminders.burst')) figures.push(await measureBurst(bench));
    return figures;
  },
};

/** Idle hives: the engine is present, the manager's box and its harness wait. */
async function measureIdle({ say, atEnd }: BenchRun): Promise<Figure> {
  const open = () => openTestHive({ agents: ['manager'] });
  const [empty, full] = [await open(), await open()];
  atEnd(empty.close);
  atEnd(full.close);
  say(`${STANDING.toLocaleString('en')} reminders standing, idle for ${IDLE_MS / 1000} s`);
  await startSeeded(empty, () => undefined);
  const soonest = Date.now() + DAY_MS;
  await startSeeded(full, (db) =>
    seedReminders(db, STANDING, (n) => ({ owner: 'manager', dueAt: soonest + n * 1_000 })),
  );
  await Promise.all([empty.allIdle(), full.allIdle()]);
  await wait(SETTLE_MS);
  const pids = [empty, full].map((hive) => hive.hived().pid!);
  const before = await Promise.all(pids.map(cpuMs));
  const from = performance.now();
  await wait(IDLE_MS);
  const after = await Promise.all(pids.map(cpuMs));
  const took = performance.now() - from;
  const [floor, value] = pids.map((_, n) => ((after[n]! - before[n]!) / took) * 100) as [number, number];
  return { name: 'reminders.idle', value, unit: '%', floor };
}

/** From the moment when all are due until the last one's message is in a mailbox. */
async function measureBurst({ say, atEnd }: BenchRun): Promise<Figure> {
  const hive = await openTestHive({ agents: ['manager', ...INHABITANTS], config: WITHOUT_BOXES });
  atEnd(hive.close);
  say(`${DUE_AT_ONCE.toLocaleString('en')} reminders due at once`);
  const dueAt = Date.now() + AHEAD_MS;
  await startSeeded(hive, (db) => seedReminders(db, DUE_AT_ONCE, (n) => ({ owner: inhabitant(n), dueAt })));
  if (Date.now() > dueAt) throw new Error(`the hive needed more than ${AHEAD_MS} ms to be filled and started`);
  const reader = openReader(hive);
  try {
    const count = reader.prepare('SELECT COALESCE(SUM(queued), 0) FROM mailboxes').pluck();
    while ((count.get() as number) < DUE_AT_ONCE) {
      if (Date.now() > dueAt + PATIENCE_MS)
        throw new Error(`after ${PATIENCE_MS} ms ${String(count.get())} of ${DUE_AT_ONCE} reminders were in mailboxes`);
      await wait(5);
    }
    const value = Date.now() - dueAt;
    const floor = (DUE_AT_ONCE / measureCommits(hive.root, { perCommit: 1_000, forMs: 1_500 }).rate) * 1_000;
    return { name: 'reminders.burst', value, unit: 'ms', floor };
  } finally {
    reader.close();
  }
}
