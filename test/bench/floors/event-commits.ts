import { join } from 'node:path';
import Database from 'better-sqlite3';
import { quantile } from '../figure.ts';
import { type Commits, readMigrations } from './commits.ts';

const TEXT = 'src/where.ts:12: a line that it found '.repeat(4);

/** `cpu`: microseconds of this process's processor time for a row. */
export interface EventCommits extends Commits {
  readonly cpu: number;
}

/** The same as `measureCommits` for events of turns: `perCommit` rows, of 50 agents, in hived's own table of events. */
export function measureEventCommits(dir: string, run: { perCommit: number; forMs: number }): EventCommits {
  const db = new Database(join(dir, `floor-${performance.now()}.db`));
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    for (const sql of readMigrations()) db.exec(sql);
    const insert = db.prepare("INSERT INTO events (at, kind, agent, data) VALUES (?, 'turn.tool_result', ?, ?)");
    let count = 0;
    const commit = db.transaction(() => {
      for (let n = 0; n < run.perCommit; n += 1) {
        count += 1;
        const data = { turn: 1, id: `call_${count}`, ok: true, text: `#${count} ${TEXT}`, truncated: false };
        insert.run(Date.now(), `agent-${count % 50}`, JSON.stringify(data));
      }
    });
    const times: number[] = [];
    const before = process.cpuUsage();
    const from = performance.now();
    for (let now = from; now - from < run.forMs;) {
      commit.immediate();
      const then = performance.now();
      times.push(then - now);
      now = then;
    }
    const took = performance.now() - from;
    const { user, system } = process.cpuUsage(before);
    const cpu = (user + system) / count;
    return { cpu, rate: (count / took) * 1_000, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
  } finally {
    db.close();
  }
}
