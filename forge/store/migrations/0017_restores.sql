-- A directory that is being put in place of a repository's: written before the renames, so that a start after a kill
-- finishes them. Paths are names within the forge's directory.
CREATE TABLE restores (
  repository_id INTEGER PRIMARY KEY REFERENCES repositories (id) ON DELETE CASCADE,
  aside TEXT NOT NULL,
  kept TEXT NOT NULL
) STRICT;
