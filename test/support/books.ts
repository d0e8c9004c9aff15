import Database from 'better-sqlite3';

/**
 * Checks invariants of a hive's mail that must hold at any moment, whatever was killed when. Opens the store read-only
 * beside hived; returns the violations, an empty list when all hold.
 */
export function findBrokenBooks(database: string): string[] {
  const db = new Database(database, { readonly: true });
  try {
    const broken = db.pragma('integrity_check', { simple: true });
    const rows = RULES.flatMap(([rule, text]) => {
      const found = db.prepare(text).all();
      return found.length === 0 ? [] : [`${rule}: ${JSON.stringify(found.slice(0, 3))}`];
    });
    return [...(broken === 'ok' ? [] : [`integrity_check: ${String(broken)}`]), ...rows];
  } finally {
    db.close();
  }
}

const RULES: readonly [string, string][] = [
  [
    'what is leased is leased to an open turn of its recipient',
    `SELECT d.id FROM deliveries d LEFT JOIN turns t ON t.id = d.turn_id
     WHERE d.state = 'leased' AND (t.id IS NULL OR t.ended_at IS NOT NULL OR t.agent <> d.recipient)`,
  ],
  [
    'what an agent is done with was in a turn that was done',
    `SELECT d.id FROM deliveries d LEFT JOIN turns t ON t.id = d.turn_id
     WHERE d.state = 'done' AND d.recipient <> 'operator' AND (t.outcome IS NULL OR t.outcome <> 'done')`,
  ],
  [
    'attempts are the turns it was leased to, numbered without a gap',
    `SELECT d.id, d.attempts, COUNT(t.turn_id) AS turns, MAX(t.attempt) AS last FROM deliveries d
     LEFT JOIN turn_deliveries t ON t.delivery_id = d.id GROUP BY d.id
     HAVING d.attempts <> COUNT(t.turn_id) OR d.attempts <> COALESCE(MAX(t.attempt), 0)`,
  ],
  [
    'no turn that was done had a message that another done turn had',
    `SELECT x.delivery_id FROM turn_deliveries x JOIN turns t ON t.id = x.turn_id AND t.outcome = 'done'
     GROUP BY x.delivery_id HAVING COUNT(*) > 1`,
  ],
  [
    'steps of a receipt are in order',
    `SELECT d.id FROM deliveries d JOIN messages m ON m.id = d.message_id
     WHERE d.leased_at < m.at OR d.woken_at > d.leased_at OR d.in_context_at < d.leased_at OR d.ended_at < m.at`,
  ],
  [
    'every message has its thread',
    'SELECT m.id FROM messages m LEFT JOIN threads t ON t.id = m.thread WHERE t.id IS NULL',
  ],
  [
    'threads count their messages',
    `SELECT t.id FROM threads t WHERE t.messages <> (SELECT COUNT(*) FROM messages m WHERE m.thread = t.id)
       OR t.last_id <> (SELECT MAX(id) FROM messages m WHERE m.thread = t.id)`,
  ],
  [
    'mailboxes count what waits',
    `SELECT b.owner, b.queued, b.bytes, b.dead FROM mailboxes b
     WHERE b.queued <> (SELECT COUNT(*) FROM deliveries WHERE recipient = b.owner AND state = 'queued')
       OR b.bytes <> (SELECT COALESCE(SUM(bytes), 0) FROM deliveries WHERE recipient = b.owner AND state = 'queued')
       OR b.dead <> (SELECT COUNT(*) FROM deliveries WHERE recipient = b.owner AND state = 'dead')`,
  ],
  [
    'every message has one event',
    `SELECT m.id FROM messages m LEFT JOIN events e ON e.kind = 'message.sent' AND e.data ->> 'id' = m.id
     GROUP BY m.id HAVING COUNT(e.seq) <> 1`,
  ],
];
