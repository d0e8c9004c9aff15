-- Pull requests: numbered within their repository, from 1.
ALTER TABLE repositories ADD COLUMN last_pull INTEGER NOT NULL DEFAULT 0 CHECK (last_pull >= 0);
-- Characters of all titles, texts and comments.
ALTER TABLE repositories ADD COLUMN pull_chars INTEGER NOT NULL DEFAULT 0 CHECK (pull_chars >= 0);
-- How much one author writes is limited.
CREATE INDEX facts_of_pulls ON facts (made_by, at) WHERE kind GLOB 'forge.pull_*';

CREATE TABLE pulls (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  number INTEGER NOT NULL CHECK (number > 0),
  author TEXT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'merged', 'closed')),
  draft INTEGER NOT NULL CHECK (draft IN (0, 1)),
  -- Names of branches.
  base TEXT NOT NULL,
  head TEXT NOT NULL,
  -- The newest commit; git keeps it as refs/pull/NUMBER/head, also when the branch is deleted.
  head_oid TEXT NOT NULL,
  opened_at INTEGER NOT NULL CHECK (opened_at >= 0),
  updated_at INTEGER NOT NULL CHECK (updated_at >= 0),
  ended_at INTEGER CHECK (ended_at >= 0),
  ended_by TEXT,
  merge_oid TEXT,
  -- The base's commit before it was merged: what its changes are shown against.
  ended_base_oid TEXT,
  -- The commit that git is about to move the base to, written before it does: after a kill it tells who merged.
  merging_oid TEXT,
  UNIQUE (repository_id, number),
  CHECK ((state = 'open') = (ended_at IS NULL) AND (state = 'open') = (ended_by IS NULL)),
  CHECK ((state = 'merged') = (merge_oid IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX pulls_open ON pulls (repository_id, base, head) WHERE state = 'open';
CREATE INDEX pulls_ended ON pulls (repository_id, ended_at) WHERE state <> 'open';

-- The conversation, in order.
CREATE TABLE pull_entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pull_id INTEGER NOT NULL REFERENCES pulls (id) ON DELETE CASCADE,
  at INTEGER NOT NULL CHECK (at >= 0),
  made_by TEXT NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  -- The commit that it is about.
  oid TEXT NOT NULL,
  path TEXT,
  line INTEGER CHECK (line > 0),
  CHECK (line IS NULL OR path IS NOT NULL)
) STRICT;
CREATE INDEX pull_entries_of ON pull_entries (pull_id, id);

-- Who pushed to a branch: they cannot approve its pull requests.
CREATE TABLE ref_pushers (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  ref TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (repository_id, ref, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE pull_pushers (
  pull_id INTEGER NOT NULL REFERENCES pulls (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  PRIMARY KEY (pull_id, name)
) STRICT, WITHOUT ROWID;
-- Who was asked for a review.
CREATE TABLE pull_reviewers (
  pull_id INTEGER NOT NULL REFERENCES pulls (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  PRIMARY KEY (pull_id, name)
) STRICT, WITHOUT ROWID;

-- Protected branches. The most specific pattern of a repository decides (forge/pulls/policy/find-rule.ts).
CREATE TABLE branch_rules (
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  pattern TEXT NOT NULL,
  approvals INTEGER NOT NULL CHECK (approvals >= 0),
  direct TEXT NOT NULL CHECK (direct IN ('nobody', 'merge')),
  PRIMARY KEY (repository_id, pattern)
) STRICT, WITHOUT ROWID;
