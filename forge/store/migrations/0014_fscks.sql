-- The last check of a repository by git fsck and against the records; findings are a JSON array.
CREATE TABLE fscks (
  repository_id INTEGER PRIMARY KEY REFERENCES repositories (id) ON DELETE CASCADE,
  checked_at INTEGER NOT NULL CHECK (checked_at >= 0),
  took_ms INTEGER NOT NULL CHECK (took_ms >= 0),
  findings TEXT NOT NULL CHECK (json_valid(findings)),
  next_at INTEGER NOT NULL CHECK (next_at >= 0)
) STRICT;
