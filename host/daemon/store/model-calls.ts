import type { UsageRecord } from '../../../protocol/schemas/service.ts';
import type { Db } from '../../../store/open-store.ts';
import { sql } from './statements.ts';

/** Stores a call once; false when its id was stored before. */
export function insertModelCall(db: Db, record: UsageRecord, turn: number | null): boolean {
  const { usage } = record;
  const result = sql(
    db,
    `INSERT INTO model_calls (id, agent, turn_id, provider, model, started_at, ended_at, status,
       input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  ).run(
    record.id,
    record.agent,
    turn,
    record.provider,
    record.model,
    record.startedAt,
    record.endedAt,
    record.status,
    usage.inputTokens,
    usage.outputTokens,
    usage.cacheReadTokens,
    usage.cacheWriteTokens,
    usage.costUsd,
  );
  return result.changes > 0;
}
