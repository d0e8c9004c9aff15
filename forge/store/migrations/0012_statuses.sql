-- What systems outside of the hive say about commits: the last word of each setter in each context.
CREATE TABLE commit_statuses (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  commit_oid TEXT NOT NULL,
  context TEXT NOT NULL,
  set_by TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'success', 'warning', 'failure', 'error')),
  description TEXT NOT NULL,
  url TEXT NOT NULL,
  created_at INTEGER NOT NULL CHECK (created_at >= 0),
  updated_at INTEGER NOT NULL CHECK (updated_at >= 0),
  UNIQUE (repository_id, commit_oid, context, set_by)
) STRICT;
CREATE INDEX commit_statuses_of_setter ON commit_statuses (repository_id, set_by, updated_at);
CREATE INDEX commit_statuses_by_age ON commit_statuses (updated_at);

-- Statuses that a merge needs, a JSON array of {context, by}.
ALTER TABLE branch_rules ADD COLUMN statuses TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(statuses));

CREATE INDEX facts_of_statuses ON facts (made_by, at) WHERE kind = 'forge.status_set';
