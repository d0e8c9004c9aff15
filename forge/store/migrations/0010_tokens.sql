-- Tokens for programs outside of boxes. Only a hash is stored: a token is shown once, when it is made.
CREATE TABLE tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  -- An agent, or the operator: who acts with it.
  owner TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
  scopes TEXT NOT NULL CHECK (json_valid(scopes)),
  -- Null: every repository that its owner sees.
  repositories TEXT CHECK (repositories IS NULL OR json_valid(repositories)),
  created_at INTEGER NOT NULL CHECK (created_at >= 0),
  expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
  used_at INTEGER CHECK (used_at >= 0)
) STRICT;
