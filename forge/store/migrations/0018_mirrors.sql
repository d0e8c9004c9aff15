-- Repositories outside that one of ours follows (pull) or is published to (push).
CREATE TABLE mirrors (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  direction TEXT NOT NULL CHECK (direction IN ('pull', 'push')),
  url TEXT NOT NULL,
  -- Of a pull mirror: the interval of its updates, in milliseconds.
  every_ms INTEGER CHECK (every_ms > 0),
  -- Of a push mirror: the branches that are published beside the default one, and whether commits outside may be overwritten.
  branches TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(branches)),
  forced INTEGER NOT NULL DEFAULT 0 CHECK (forced IN (0, 1)),
  created_at INTEGER NOT NULL CHECK (created_at >= 0),
  -- Nothing is tried before this.
  due_at INTEGER NOT NULL CHECK (due_at >= 0),
  tried_at INTEGER CHECK (tried_at >= 0),
  ok_at INTEGER CHECK (ok_at >= 0),
  failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
  failing_since INTEGER CHECK (failing_since >= 0),
  error TEXT,
  -- Whether the operator has a notice of this outage.
  told INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1)),
  -- Of a push mirror: repositories.refs_version when all of it was published; NULL: it is to be published.
  version INTEGER,
  UNIQUE (repository_id, direction, url),
  CHECK ((direction = 'pull') = (every_ms IS NOT NULL)),
  CHECK ((failures = 0) = (error IS NULL) AND (failures = 0) = (failing_since IS NULL))
) STRICT;
CREATE UNIQUE INDEX mirrors_pull ON mirrors (repository_id) WHERE direction = 'pull';

-- What a push mirror published last of each branch and tag, and why its last try failed.
CREATE TABLE mirror_refs (
  mirror_id INTEGER NOT NULL REFERENCES mirrors (id) ON DELETE CASCADE,
  ref TEXT NOT NULL,
  oid TEXT,
  at INTEGER CHECK (at >= 0),
  error TEXT,
  PRIMARY KEY (mirror_id, ref),
  CHECK ((oid IS NULL) = (at IS NULL))
) STRICT, WITHOUT ROWID;
