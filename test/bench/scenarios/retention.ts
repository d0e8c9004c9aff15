import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { openTestHive } from '../../support/test-hive.ts';
import type { Scenario } from '../figure.ts';
import { readMigrations } from '../floors/commits.ts';
import { cpuMs } from '../processor-time.ts';
import { countOldEvents, seedOldEvents } from '../seeds/events.ts';
import { openReader, startSeeded } from '../seeds/seed-hive.ts';
import { WITHOUT_BOXES } from '../without-boxes.ts';

const EVENTS = 400_000;
const SETTLE_MS = 2_000;
const WATCH_MS = 10_000;
/** The share of a core that retention may take. */
const SHARE = 0.05;
const FLOOR_EVENTS = 100_000;
const PER_COMMIT = 1_000;

/** A hive that is idle except for deleting old events. */
export const retention: Scenario = {
  names: ['retention.rate', 'retention.cpu'],
  async run({ say, atEnd }) {
    const hive = await openTestHive({ agents: ['manager'], config: WITHOUT_BOXES });
    atEnd(hive.close);
    say(`${EVENTS.toLocaleString('en')} old events, watched for ${WATCH_MS / 1_000} s`);
    await startSeeded(hive, (db) => seedOldEvents(db, EVENTS));
    await wait(SETTLE_MS);
    const reader = openReader(hive);
    atEnd(async () => reader.close());
    const pid = hive.hived().pid!;
    const [leftBefore, cpuBefore, from] = [countOldEvents(reader), await cpuMs(pid), performance.now()];
    await wait(WATCH_MS);
    const took = performance.now() - from;
    const used = (await cpuMs(pid)) - cpuBefore;
    const left = countOldEvents(reader);
    if (left === 0) throw new Error('all old events were gone before the watch was over: seed more');
    return [
      {
        name: 'retention.rate',
        value: ((leftBefore - left) / took) * 1_000,
        unit: '1/s',
        floor: measureDeletes(hive.root) * SHARE,
      },
      { name: 'retention.cpu', value: (used / took) * 100, unit: '%', floor: null },
    ];
  },
};

/** Events that SQLite alone deletes a second, with hived's tables and indexes, some hundreds to a commit. */
function measureDeletes(dir: string): number {
  const db = new Database(join(dir, `floor-${performance.now()}.db`));
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    for (const sql of readMigrations()) db.exec(sql);
    seedOldEvents(db, FLOOR_EVENTS);
    const remove = db.prepare('DELETE FROM events WHERE seq > ? AND seq <= ?');
    const from = performance.now();
    for (let seq = 0; seq < FLOOR_EVENTS; seq += PER_COMMIT) remove.run(seq, seq + PER_COMMIT);
    return (FLOOR_EVENTS / (performance.now() - from)) * 1_000;
  } finally {
    db.close();
  }
}
