-- A repository and what lists show of it, so that a list costs one query and no git.
CREATE TABLE repositories (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  owner TEXT NOT NULL,
  name TEXT NOT NULL,
  -- The name in lower case: names that differ in case only would meet on some file systems.
  name_key TEXT NOT NULL CHECK (name_key = lower(name)),
  description TEXT NOT NULL,
  default_branch TEXT NOT NULL,
  branches INTEGER NOT NULL DEFAULT 0 CHECK (branches >= 0),
  head_oid TEXT,
  head_summary TEXT,
  head_author TEXT,
  head_at INTEGER CHECK (head_at >= 0),
  size_bytes INTEGER NOT NULL DEFAULT 0 CHECK (size_bytes >= 0),
  -- Goes up whenever `refs` is compared with git: two comparisons at once cannot both win.
  refs_version INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL CHECK (created_at >= 0),
  pushed_at INTEGER CHECK (pushed_at >= 0),
  UNIQUE (owner, name_key),
  CHECK ((head_oid IS NULL) = (head_summary IS NULL) AND (head_oid IS NULL) = (head_author IS NULL)
    AND (head_oid IS NULL) = (head_at IS NULL))
) STRICT;

-- The refs whose facts were written. Where git differs, a fact is owed.
CREATE TABLE refs (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  oid TEXT NOT NULL,
  PRIMARY KEY (repository_id, name)
) STRICT, WITHOUT ROWID;

-- Pushes under way: who is to be named if the forge dies before it wrote the fact.
CREATE TABLE pushes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  pushed_by TEXT NOT NULL,
  pid INTEGER NOT NULL CHECK (pid > 0),
  started_at INTEGER NOT NULL CHECK (started_at >= 0)
) STRICT;

-- The outbox: what hived has yet to put into its event log.
CREATE TABLE facts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL CHECK (at >= 0),
  kind TEXT NOT NULL CHECK (kind IN ('forge.repo_created', 'forge.pushed', 'forge.refused')),
  made_by TEXT NOT NULL,
  repo TEXT NOT NULL,
  data TEXT NOT NULL CHECK (json_valid(data))
) STRICT;
CREATE INDEX facts_refused ON facts (made_by, repo, at) WHERE kind = 'forge.refused';
