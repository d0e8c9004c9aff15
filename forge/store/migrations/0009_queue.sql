-- Pull requests that are to be merged as soon as they may: through the merge queue of their base, or by themselves.
CREATE TABLE queue_entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pull_id INTEGER NOT NULL UNIQUE REFERENCES pulls (id) ON DELETE CASCADE,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  -- The base, and whether its rule sent merges through the queue when this was asked for.
  branch TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('queue', 'alone')),
  -- waiting: its reviews or checks are missing. An entry of the mode alone is merged when they are there.
  state TEXT NOT NULL CHECK (state IN ('waiting', 'queued')),
  -- The commit that is meant: the pull request's newest one then.
  head_oid TEXT NOT NULL,
  method TEXT NOT NULL,
  priority TEXT NOT NULL CHECK (priority IN ('critical', 'high', 'normal', 'low')),
  queued_by TEXT NOT NULL,
  queued_at INTEGER NOT NULL CHECK (queued_at >= 0),
  -- The base's commit when this conflicted with entries ahead of it, and how often that happened.
  held_at TEXT,
  holds INTEGER NOT NULL DEFAULT 0 CHECK (holds >= 0),
  -- What the owners of changed paths had against it, and the approvals and base for which that was so.
  unmet TEXT,
  unmet_for TEXT,
  -- In the lane: its place there, the commit below it, and the commit that merges it.
  place INTEGER,
  parent_oid TEXT,
  commit_oid TEXT,
  CHECK ((place IS NULL) = (parent_oid IS NULL) AND (place IS NULL) = (commit_oid IS NULL)),
  CHECK ((unmet IS NULL) = (unmet_for IS NULL)),
  CHECK (place IS NULL OR (mode = 'queue' AND state = 'queued'))
) STRICT;
CREATE UNIQUE INDEX queue_lanes ON queue_entries (repository_id, branch, place) WHERE place IS NOT NULL;
CREATE INDEX queue_entries_of ON queue_entries (repository_id, branch);

-- Runs of the checks on commits of a lane: each tests all entries up to its commit.
CREATE TABLE queue_batches (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  branch TEXT NOT NULL,
  commit_oid TEXT NOT NULL,
  -- The suite of checks; forge/checks/ has its state.
  suite_id INTEGER NOT NULL,
  -- search: it looks for the entry that broke a batch.
  purpose TEXT NOT NULL CHECK (purpose IN ('batch', 'search')),
  tries INTEGER NOT NULL DEFAULT 1 CHECK (tries > 0),
  -- Entries that no earlier run tests.
  size INTEGER NOT NULL CHECK (size > 0),
  started_at INTEGER NOT NULL CHECK (started_at >= 0),
  UNIQUE (repository_id, branch, commit_oid)
) STRICT;

-- Whether merges into a branch go through its merge queue alone.
ALTER TABLE branch_rules ADD COLUMN queue INTEGER NOT NULL DEFAULT 0 CHECK (queue IN (0, 1));
