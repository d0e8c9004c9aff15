-- What the target declared, with the keys as they are for the commit: a JSON array of {template, key, paths}.
ALTER TABLE check_runs ADD COLUMN caches TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(caches));

-- Files that later runs begin with. Their bytes are in the directory caches/, under the hash of their content.
CREATE TABLE check_caches (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  -- The branch for whose runs it is, and into which what the saving run checked has to be merged before it counts.
  branch TEXT NOT NULL,
  template TEXT NOT NULL,
  key TEXT NOT NULL,
  -- The run that saved it.
  run_id INTEGER REFERENCES check_runs (id) ON DELETE SET NULL,
  -- Null: its bytes are still coming; the room of the largest is taken.
  sha256 TEXT,
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  counts INTEGER NOT NULL DEFAULT 0 CHECK (counts IN (0, 1)),
  at INTEGER NOT NULL CHECK (at >= 0),
  used_at INTEGER NOT NULL CHECK (used_at >= 0),
  UNIQUE (run_id, key),
  CHECK (counts = 0 OR sha256 IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX check_caches_that_count ON check_caches (repository_id, branch, key) WHERE counts = 1;
CREATE INDEX check_caches_by_content ON check_caches (sha256);
