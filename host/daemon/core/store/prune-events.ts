import type { Db } from '../../../../store/open-store.ts';
import { pruneInOrder, type RetentionStep, type RetentionStepEnd } from '../retention.ts';
import { IS_SPOOLED } from './events.ts';
import { sql } from '../../../../store/statements.ts';

/** Deletes old events, of transcripts or of everything else; `onSpooled` is told of those that a harness spooled. */
export function pruneEvents(
  db: Db,
  ask: { which: 'transcript' | 'other'; look: RetentionStep },
  onSpooled: (agent: string, bytes: number) => void,
): RetentionStepEnd {
  const { which, look } = ask;
  const rows = sql(
    db,
    `SELECT seq AS id, at, agent, octet_length(data) AS bytes, ${IS_SPOOLED} AS isSpooled, kind GLOB 'turn.*' AND kind NOT IN ('turn.started', 'turn.finished') OR kind GLOB 'cli.*' AS isTranscript
     FROM events WHERE seq > ? ORDER BY seq LIMIT ?`,
  ).all(look.from, look.limit) as {
    id: number;
    at: number;
    agent: string | null;
    bytes: number;
    isSpooled: number;
    isTranscript: number;
  }[];
  const remove = sql(db, 'DELETE FROM events WHERE seq = ?');
  const newestAt = sql(db, 'SELECT at FROM events ORDER BY seq DESC LIMIT 1').pluck().get() as number | undefined;
  return pruneInOrder(rows, { ...look, newestAt }, (row) => {
    if ((row.isTranscript === 1) !== (which === 'transcript')) return false;
    remove.run(row.id);
    if (row.isSpooled === 1 && row.agent !== null) onSpooled(row.agent, row.bytes);
    return true;
  });
}
