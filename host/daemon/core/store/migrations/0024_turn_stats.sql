-- stats: what each turn used and how long it took; kept for retention.stats_days.
CREATE TABLE turn_stats (
  turn_id               INTEGER PRIMARY KEY,
  agent                 TEXT NOT NULL,
  driver                TEXT NOT NULL,
  day                   TEXT NOT NULL,    -- the date of its start in the hive's time zone, as 2026-11-27
  started_at            INTEGER NOT NULL,
  waited_ms             INTEGER NOT NULL, -- its oldest message, until the start
  messages              INTEGER NOT NULL,
  choice                TEXT NOT NULL CHECK (choice IN ('continue', 'compact', 'fresh', 'fork')),
  reason                TEXT NOT NULL,    -- of the choice
  session_id            TEXT,             -- the conversation: until the end the one it began with
  ended_at              INTEGER,
  outcome               TEXT,
  duration_ms           INTEGER NOT NULL DEFAULT 0,
  tools_ms              INTEGER,
  tool_calls            INTEGER NOT NULL DEFAULT 0,
  context_tokens        INTEGER,
  window_tokens         INTEGER,
  provider              TEXT,             -- of the newest call, as the model
  model                 TEXT,
  newest_call_at        INTEGER NOT NULL DEFAULT 0,
  counted               TEXT NOT NULL DEFAULT 'none' CHECK (counted IN ('none', 'cli', 'gateway')),
  calls                 INTEGER NOT NULL DEFAULT 0,
  unpriced_calls        INTEGER NOT NULL DEFAULT 0,
  input_tokens          INTEGER NOT NULL DEFAULT 0,
  cache_read_tokens     INTEGER NOT NULL DEFAULT 0,
  cache_write_5m_tokens INTEGER NOT NULL DEFAULT 0,
  cache_write_1h_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens         INTEGER NOT NULL DEFAULT 0,
  reasoning_tokens      INTEGER NOT NULL DEFAULT 0,
  model_ms              INTEGER NOT NULL DEFAULT 0,
  cost_usd              REAL NOT NULL DEFAULT 0,
  summed                INTEGER NOT NULL DEFAULT 0 CHECK (summed IN (0, 1)) -- contained in turn_days
) STRICT;
CREATE INDEX turn_stats_agent ON turn_stats (agent, turn_id);
CREATE INDEX turn_stats_started ON turn_stats (started_at);
CREATE INDEX turn_stats_unsummed ON turn_stats (ended_at) WHERE summed = 0;

-- The sums of each agent's turns by day, for good.
CREATE TABLE turn_days (
  day                   TEXT NOT NULL,
  agent                 TEXT NOT NULL,
  turns                 INTEGER NOT NULL,
  done                  INTEGER NOT NULL,
  fresh                 INTEGER NOT NULL,
  compacted             INTEGER NOT NULL,
  messages              INTEGER NOT NULL,
  waited_ms             INTEGER NOT NULL,
  duration_ms           INTEGER NOT NULL,
  model_ms              INTEGER NOT NULL,
  tools_ms              INTEGER NOT NULL,
  tool_calls            INTEGER NOT NULL,
  calls                 INTEGER NOT NULL,
  unpriced_calls        INTEGER NOT NULL,
  input_tokens          INTEGER NOT NULL,
  cache_read_tokens     INTEGER NOT NULL,
  cache_write_5m_tokens INTEGER NOT NULL,
  cache_write_1h_tokens INTEGER NOT NULL,
  output_tokens         INTEGER NOT NULL,
  reasoning_tokens      INTEGER NOT NULL,
  cost_usd              REAL NOT NULL,
  PRIMARY KEY (day, agent)
) STRICT, WITHOUT ROWID;
