-- sessions: the conversations of each agent, and what the operator wants of the next turn's.
CREATE TABLE agent_sessions (
  agent          TEXT NOT NULL,
  id             TEXT NOT NULL,     -- as its CLI named it
  driver         TEXT NOT NULL,
  copy_of        TEXT,
  first_at       INTEGER NOT NULL,
  last_at        INTEGER NOT NULL,
  turns          INTEGER NOT NULL DEFAULT 0,
  context_tokens INTEGER,
  window_tokens  INTEGER,
  notes_at       INTEGER,           -- its size when the agent was last asked for notes
  mark           TEXT,              -- the last exchange, by the CLI's id
  bytes          INTEGER,           -- of its file
  PRIMARY KEY (agent, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE session_wishes (
  agent      TEXT PRIMARY KEY,
  wish       TEXT NOT NULL CHECK (wish IN ('use', 'fresh', 'fork')),
  session_id TEXT,
  at         INTEGER NOT NULL,
  CHECK ((wish = 'fresh') = (session_id IS NULL))
) STRICT, WITHOUT ROWID;

-- Of a running turn: the choice of its conversation, for an offer that is repeated.
ALTER TABLE turn_stats ADD COLUMN plan TEXT CHECK (plan IS NULL OR json_valid(plan));
