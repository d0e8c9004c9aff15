-- Turns: two more outcomes, of what is not the turn's own doing. The table is made anew for its CHECK; ids stay.
CREATE TABLE turns_4 (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  agent       TEXT NOT NULL,
  generation  INTEGER NOT NULL,
  boot_id     TEXT NOT NULL,
  fence       INTEGER NOT NULL,
  started_at  INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  interrupt   INTEGER NOT NULL DEFAULT 0 CHECK (interrupt IN (0, 1)),
  ended_at    INTEGER,
  outcome     TEXT CHECK (outcome IN
    ('done', 'failed', 'rate_limited', 'needs_login', 'outage', 'starved', 'interrupted', 'timed_out', 'lost')),
  reason      TEXT,
  text        TEXT NOT NULL DEFAULT '',
  duration_ms INTEGER,
  tool_calls  INTEGER NOT NULL DEFAULT 0,
  usage       TEXT CHECK (usage IS NULL OR json_valid(usage)), -- as the CLI counted
  work_calls  INTEGER NOT NULL DEFAULT 0,
  CHECK ((ended_at IS NULL) = (outcome IS NULL))
) STRICT;
INSERT INTO turns_4 (id, agent, generation, boot_id, fence, started_at, lease_until, interrupt, ended_at, outcome, reason,
    text, duration_ms, tool_calls, usage, work_calls)
  SELECT id, agent, generation, boot_id, fence, started_at, lease_until, interrupt, ended_at, outcome, reason,
    text, duration_ms, tool_calls, usage, work_calls FROM turns;
-- A turn that was deleted must not give its number to another one.
UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'turns')
  WHERE name = 'turns_4' AND EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'turns');
DROP TABLE turns;
ALTER TABLE turns_4 RENAME TO turns;
CREATE INDEX turns_agent ON turns (agent, id);
CREATE UNIQUE INDEX turns_open ON turns (agent) WHERE ended_at IS NULL; -- one at a time
