-- Maintenance of a repository's objects: what the last run measured and did, and when the next look is due.
CREATE TABLE upkeep (
  repository_id INTEGER PRIMARY KEY REFERENCES repositories (id) ON DELETE CASCADE,
  packs INTEGER NOT NULL CHECK (packs >= 0),
  loose INTEGER NOT NULL CHECK (loose >= 0),
  -- The last look, and the last run that did something: how long it took, its steps (a JSON array), why it went wrong.
  looked_at INTEGER NOT NULL CHECK (looked_at >= 0),
  worked_at INTEGER CHECK (worked_at >= 0),
  worked_ms INTEGER NOT NULL DEFAULT 0 CHECK (worked_ms >= 0),
  did TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(did)),
  trouble TEXT,
  -- When each step was last done, and for which repositories.refs_version.
  packed_at INTEGER CHECK (packed_at >= 0),
  graph_version INTEGER,
  pruned_at INTEGER CHECK (pruned_at >= 0),
  pruned_version INTEGER,
  -- Runs in a row that were ended for a push.
  interrupted INTEGER NOT NULL DEFAULT 0 CHECK (interrupted >= 0),
  next_at INTEGER NOT NULL CHECK (next_at >= 0)
) STRICT;
CREATE INDEX upkeep_due ON upkeep (next_at);
