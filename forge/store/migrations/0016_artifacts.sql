-- What the target declared: patterns of the files that a run keeps, and of the reports of its tests (JSON arrays).
ALTER TABLE check_runs ADD COLUMN artifacts TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(artifacts));
ALTER TABLE check_runs ADD COLUMN reports TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(reports));
-- What the reports counted. Null: there was none.
ALTER TABLE check_runs ADD COLUMN tests_passed INTEGER CHECK (tests_passed >= 0);
ALTER TABLE check_runs ADD COLUMN tests_failed INTEGER CHECK (tests_failed >= 0);
ALTER TABLE check_runs ADD COLUMN tests_skipped INTEGER CHECK (tests_skipped >= 0);
-- Reports that were handed over, also those that could not be read.
ALTER TABLE check_runs ADD COLUMN reports_taken INTEGER NOT NULL DEFAULT 0 CHECK (reports_taken >= 0);

-- Files that a run handed over. Their bytes are in the directory artifacts/, under the id of the row.
CREATE TABLE check_artifacts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id INTEGER NOT NULL REFERENCES check_runs (id) ON DELETE CASCADE,
  -- As the box named it: text for people, never a path.
  name TEXT NOT NULL,
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  -- 0: its bytes are still coming; their room is taken.
  is_stored INTEGER NOT NULL DEFAULT 0 CHECK (is_stored IN (0, 1)),
  at INTEGER NOT NULL CHECK (at >= 0),
  UNIQUE (run_id, name)
) STRICT;
CREATE INDEX check_artifacts_by_age ON check_artifacts (at);
