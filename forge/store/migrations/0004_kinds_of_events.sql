-- A fact's kind is a kind of hived's events, declared in protocol/schemas/event.ts and checked where facts are read:
-- a list of them here would need this table made again for each new one (a CHECK cannot be changed in place).
CREATE TABLE facts_new (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL CHECK (at >= 0),
  kind TEXT NOT NULL CHECK (kind GLOB 'forge.?*'),
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
