-- Events: the kinds for what a turn does beside texts and tool calls count towards their agent's ceiling.
DROP INDEX events_spooled;
CREATE INDEX events_spooled ON events (agent, seq) WHERE kind IN ('turn.text', 'turn.thinking', 'turn.tool_call',
  'turn.tool_result', 'turn.retry', 'turn.noise', 'harness.state', 'cli.started', 'cli.exited', 'turn.warning',
  'turn.file_change', 'turn.todos', 'turn.plan', 'turn.compaction', 'turn.subagent', 'turn.image', 'turn.error');

-- Where an agent's turns begin in the log, so that a transcript opens at one of them.
CREATE INDEX events_turns ON events (agent, CAST(json_extract(data, '$.turn') AS INTEGER), seq)
  WHERE kind = 'turn.started';
