-- Turns: one more outcome. The table is made anew without the list in its CHECK: the protocol's schema holds it.
CREATE TABLE turns_14 (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  agent       TEXT NOT NULL,
  generation  INTEGER NOT NULL,
  boot_id     TEXT NOT NULL,
  fence       INTEGER NOT NULL,
  started_at  INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  interrupt   INTEGER NOT NULL DEFAULT 0 CHECK (interrupt IN (0, 1)),
  ended_at    INTEGER,
  outcome     TEXT,
  reason      TEXT,
  text        TEXT NOT NULL DEFAULT '',
  duration_ms INTEGER,
  tool_calls  INTEGER NOT NULL DEFAULT 0,
  usage       TEXT CHECK (usage IS NULL OR json_valid(usage)), -- as the CLI counted
  work_calls  INTEGER NOT NULL DEFAULT 0,
  counted     TEXT CHECK (counted IS NULL OR json_valid(counted)), -- of calls that were deleted
  CHECK ((ended_at IS NULL) = (outcome IS NULL))
) STRICT;
INSERT INTO turns_14 (id, agent, generation, boot_id, fence, started_at, lease_until, interrupt, ended_at, outcome, reason,
    text, duration_ms, tool_calls, usage, work_calls, counted)
  SELECT id, agent, generation, boot_id, fence, started_at, lease_until, interrupt, ended_at, outcome, reason,
    text, duration_ms, tool_calls, usage, work_calls, counted FROM turns;
-- A turn that was deleted must not give its number to another one.
UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'turns')
  WHERE name = 'turns_14' AND EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'turns');
DROP TABLE turns;
ALTER TABLE turns_14 RENAME TO turns;
CREATE INDEX turns_agent ON turns (agent, id);
CREATE UNIQUE INDEX turns_open ON turns (agent) WHERE ended_at IS NULL; -- one at a time

-- What calls to models used, by quarter of an hour: days and months of every time zone consist of whole ones.
CREATE TABLE spending (
  slot               INTEGER NOT NULL, -- its start, epoch ms
  agent              TEXT NOT NULL,
  role               TEXT NOT NULL,    -- at that time; empty when the agent was gone
  provider           TEXT NOT NULL,
  model              TEXT NOT NULL,
  calls              INTEGER NOT NULL,
  unpriced_calls     INTEGER NOT NULL,
  input_tokens       INTEGER NOT NULL,
  output_tokens      INTEGER NOT NULL,
  cache_read_tokens  INTEGER NOT NULL,
  cache_write_tokens INTEGER NOT NULL,
  cost_usd           REAL NOT NULL,
  PRIMARY KEY (slot, agent, role, provider, model)
) STRICT, WITHOUT ROWID;

CREATE TABLE budgets (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  scope      TEXT NOT NULL,           -- an agent's name, "subtree:<name>", "@role:<role>" or "hive"
  unit       TEXT NOT NULL CHECK (unit IN ('usd', 'tokens', 'requests')),
  per        TEXT NOT NULL CHECK (per IN ('turn', 'hour', 'day', 'month', 'total')),
  amount     REAL NOT NULL CHECK (amount > 0),
  created_at INTEGER NOT NULL,
  UNIQUE (scope, unit, per)
) STRICT;

-- What a budget's agents used in one of its windows.
CREATE TABLE budget_windows (
  budget  INTEGER NOT NULL,
  window  INTEGER NOT NULL,           -- its start, epoch ms; 0 for the whole time; a turn's id
  at      INTEGER NOT NULL,           -- when the row was made, for retention
  spent   REAL NOT NULL,
  told    TEXT NOT NULL DEFAULT '' CHECK (told IN ('', 'warned', 'reached')), -- the operator
  PRIMARY KEY (budget, window)
) STRICT, WITHOUT ROWID;

-- Of a call under way: the agent's role and the agents above it, for the case that it is gone at its end; and what the
-- gateway reserved for it, which counts when the gateway is gone at its end.
ALTER TABLE open_calls ADD COLUMN role TEXT NOT NULL DEFAULT '';
ALTER TABLE open_calls ADD COLUMN above TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(above));
ALTER TABLE open_calls ADD COLUMN reserved_usd REAL;
ALTER TABLE open_calls ADD COLUMN reserved_tokens INTEGER NOT NULL DEFAULT 0;
