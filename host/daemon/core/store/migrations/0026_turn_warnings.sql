-- Events: one more kind that a harness spools counts towards its agent's ceiling.
DROP INDEX events_spooled;
CREATE INDEX events_spooled ON events (agent, seq) WHERE kind IN ('turn.text', 'turn.thinking', 'turn.tool_call',
  'turn.tool_result', 'turn.retry', 'turn.noise', 'harness.state', 'cli.started', 'cli.exited', 'turn.warning');
