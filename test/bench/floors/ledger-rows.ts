import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { readMigrations } from './commits.ts';

/** Calls to a commit: a full batch of the gateway's reports holds as many starts as ends. */
const PER_COMMIT = 250;
const AGENT = 'scout';
const EVENT = JSON.stringify({
  turn: null,
  provider: 'anthropic',
  model: 'claude-sonnet-5',
  usage: { inputTokens: 12, outputTokens: 400, cacheReadTokens: 40_000, cacheWriteTokens: 900, costUsd: 0.0214 },
  status: 200,
  reasoningTokens: 0,
  cacheWrite1hTokens: 0,
  estimated: false,
  lost: false,
});

/**
 * Calls a second that SQLite alone stores in `dir`, with hived's own tables, indexes and triggers, WAL and
 * synchronous=FULL: the row of a call under way, its removal, the call, its sums of the quarter of an hour and of its
 * agent, the event, and the sums of as many budgets as concern it.
 */
export function measureLedgerRows(dir: string, run: { budgets: number; forMs: number }): number {
  const db = new Database(join(dir, `floor-${performance.now()}.db`));
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    for (const sql of readMigrations()) db.exec(sql);
    db.pragma('foreign_keys = ON');
    db.prepare(`INSERT INTO agents (name, spec, desired, created_at) VALUES ('${AGENT}', '{}', 'running', 1)`).run();
    const [begin, end] = prepareCall(db, run.budgets);
    let open: string[] = [];
    const commit = db.transaction(() => {
      for (const id of open) end(id);
      open = Array.from({ length: PER_COMMIT }, () => randomUUID());
      for (const id of open) begin(id);
    });
    commit.immediate();
    let commits = 0;
    const from = performance.now();
    do {
      commit.immediate();
      commits += 1;
    } while (performance.now() - from < run.forMs);
    return ((commits * PER_COMMIT) / (performance.now() - from)) * 1_000;
  } finally {
    db.close();
  }
}

function prepareCall(db: Database.Database, budgets: number): [(id: string) => void, (id: string) => void] {
  const insertOpen = db.prepare(
    `INSERT INTO open_calls (id, instance, agent, provider, started_at, role, above, reserved_usd, reserved_tokens)
     VALUES (?, '${randomUUID()}', '${AGENT}', 'anthropic', ?, 'worker', '["manager"]', 0.9, 64000)`,
  );
  const deleteOpen = db.prepare('DELETE FROM open_calls WHERE id = ?');
  const insertCall = db.prepare(
    `INSERT INTO model_calls (id, agent, provider, model, started_at, ended_at, status, input_tokens, output_tokens,
       cache_read_tokens, cache_write_tokens, cost_usd)
     VALUES (?, '${AGENT}', 'anthropic', 'claude-sonnet-5', ?, ?, 200, 12, 400, 40000, 900, 0.0214)`,
  );
  const spend = db.prepare(
    `INSERT INTO spending (slot, agent, role, projects, provider, model, calls, unpriced_calls, estimated_calls,
       input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd)
     VALUES (0, '${AGENT}', 'worker', '', 'anthropic', 'claude-sonnet-5', 1, 0, 0, 12, 400, 40000, 900, 0.0214)
     ON CONFLICT DO UPDATE SET calls = calls + 1, input_tokens = input_tokens + 12, cost_usd = cost_usd + 0.0214`,
  );
  const addToAgent = db.prepare(
    `UPDATE agents SET input_tokens = input_tokens + 12, cost_usd = cost_usd + 0.0214 WHERE name = '${AGENT}'`,
  );
  const insertEvent = db.prepare(
    `INSERT INTO events (at, kind, agent, data) VALUES (?, 'usage.recorded', '${AGENT}', ?)`,
  );
  const addToBudget = db.prepare(
    `INSERT INTO budget_windows (budget, window, at, spent) VALUES (?, 0, ?, 0.0214)
     ON CONFLICT (budget, window) DO UPDATE SET spent = spent + excluded.spent`,
  );
  return [
    (id) => insertOpen.run(id, Date.now()),
    (id) => {
      const now = Date.now();
      deleteOpen.run(id);
      insertCall.run(id, now, now);
      spend.run();
      addToAgent.run();
      insertEvent.run(now, EVENT);
      for (let budget = 1; budget <= budgets; budget += 1) addToBudget.run(budget, now);
    },
  ];
}
