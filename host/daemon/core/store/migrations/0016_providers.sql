-- Model providers that the operator added, beside the built-in ones and those of config.yaml (module: providers).
CREATE TABLE providers (
  id          TEXT PRIMARY KEY,  -- its key files and stored facts are named by it: it outlives a new name
  name        TEXT NOT NULL UNIQUE,
  kind        TEXT NOT NULL CHECK (kind <> ''), -- protocol/providers.ts
  base_url    TEXT NOT NULL,
  created_at  INTEGER NOT NULL
) STRICT;
