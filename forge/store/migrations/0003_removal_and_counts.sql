-- Two more kinds of facts (a CHECK cannot be changed in place), and what limits count.
CREATE TABLE facts_new (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL CHECK (at >= 0),
  kind TEXT NOT NULL CHECK (
    kind IN ('forge.repo_created', 'forge.repo_removed', 'forge.default_branch', 'forge.pushed', 'forge.refused')
  ),
  made_by TEXT NOT NULL,
  repo TEXT NOT NULL,
  data TEXT NOT NULL CHECK (json_valid(data))
) STRICT;
INSERT INTO facts_new SELECT id, at, kind, made_by, repo, data FROM facts;
-- hived asks by id: ids of pruned facts must never be given again.
UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'facts') WHERE name = 'facts_new';
INSERT INTO sqlite_sequence (name, seq) SELECT 'facts_new', seq FROM sqlite_sequence
  WHERE name = 'facts' AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'facts_new');
DROP TABLE facts;
ALTER TABLE facts_new RENAME TO facts;
CREATE INDEX facts_refused ON facts (made_by, repo, at) WHERE kind = 'forge.refused';

-- Objects in the repository, as of its last push; 0 in rows of an older forge until the next one.
ALTER TABLE repositories ADD COLUMN objects INTEGER NOT NULL DEFAULT 0 CHECK (objects >= 0);
