-- Bounds what one agent's harness may store.

-- Bytes of the events that the agent's harness spooled and that are still there.
ALTER TABLE agents ADD COLUMN spooled_bytes INTEGER NOT NULL DEFAULT 0;
CREATE INDEX events_spooled ON events (agent, seq) WHERE kind IN ('turn.text', 'turn.thinking', 'turn.tool_call',
  'turn.tool_result', 'turn.retry', 'turn.noise', 'harness.state', 'cli.started', 'cli.exited');
UPDATE agents SET spooled_bytes = (SELECT COALESCE(SUM(octet_length(data)), 0) FROM events
  WHERE agent = agents.name AND kind IN ('turn.text', 'turn.thinking', 'turn.tool_call',
  'turn.tool_result', 'turn.retry', 'turn.noise', 'harness.state', 'cli.started', 'cli.exited'));

-- The boots that were heard of last are kept.
ALTER TABLE spools ADD COLUMN heard_at INTEGER NOT NULL DEFAULT 0;
