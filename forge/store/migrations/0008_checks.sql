-- Checks. A suite is the checks that a target commit declares, run for one commit that shall follow it.
CREATE TABLE check_suites (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  -- The branch's commit that says what runs, and the commit that is checked: the merge result.
  target_oid TEXT NOT NULL,
  commit_oid TEXT NOT NULL,
  purpose TEXT NOT NULL CHECK (purpose IN ('pull', 'queue')),
  -- The pull request, and its newest commit when the suite was asked for.
  pull INTEGER CHECK (pull > 0),
  head_oid TEXT,
  priority INTEGER NOT NULL,
  -- planning: asked for, its file not read yet. none: the target declares no checks.
  state TEXT NOT NULL CHECK (state IN ('planning', 'none', 'running', 'passed', 'failed', 'cancelled')),
  -- Why there are no runs though there should be, in a sentence.
  trouble TEXT,
  -- The files of commit_oid; known once it was planned.
  tree_oid TEXT,
  asked_at INTEGER NOT NULL CHECK (asked_at >= 0),
  ended_at INTEGER CHECK (ended_at >= 0),
  UNIQUE (repository_id, target_oid, commit_oid, purpose),
  CHECK ((state IN ('planning', 'running')) = (ended_at IS NULL))
) STRICT;
CREATE INDEX check_suites_open ON check_suites (state) WHERE state IN ('planning', 'running');
CREATE INDEX check_suites_of_pulls ON check_suites (repository_id, pull, head_oid);
CREATE INDEX check_suites_by_tree ON check_suites (repository_id, tree_oid);
CREATE INDEX check_suites_ended ON check_suites (ended_at) WHERE ended_at IS NOT NULL;

-- One run of one check; a further run of the same check is a further row.
CREATE TABLE check_runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  suite_id INTEGER NOT NULL REFERENCES check_suites (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  attempt INTEGER NOT NULL CHECK (attempt > 0),
  why TEXT NOT NULL CHECK (why IN ('first', 'lost', 'rule', 'asked')),
  -- What the target declared.
  setup TEXT NOT NULL,
  command TEXT NOT NULL,
  timeout_ms INTEGER NOT NULL CHECK (timeout_ms > 0),
  required INTEGER NOT NULL CHECK (required IN (0, 1)),
  skip_is_ok INTEGER NOT NULL CHECK (skip_is_ok IN (0, 1)),
  retries INTEGER NOT NULL CHECK (retries >= 0),
  state TEXT NOT NULL
    CHECK (state IN ('queued', 'running', 'passed', 'failed', 'timed_out', 'cancelled', 'lost', 'skipped')),
  queued_at INTEGER NOT NULL CHECK (queued_at >= 0),
  started_at INTEGER CHECK (started_at >= 0),
  ended_at INTEGER CHECK (ended_at >= 0),
  -- The run of hived that carries it out, and until when it counts as alive.
  holder TEXT,
  lease_until INTEGER,
  exit_code INTEGER,
  reason TEXT NOT NULL DEFAULT '',
  -- Characters of its stored output, and of what was dropped from its middle.
  log_chars INTEGER NOT NULL DEFAULT 0 CHECK (log_chars >= 0),
  log_dropped INTEGER NOT NULL DEFAULT 0 CHECK (log_dropped >= 0),
  UNIQUE (suite_id, name, attempt),
  CHECK ((state = 'running') = (holder IS NOT NULL AND lease_until IS NOT NULL)),
  CHECK ((state IN ('queued', 'running')) = (ended_at IS NULL))
) STRICT;
CREATE INDEX check_runs_open ON check_runs (state) WHERE state IN ('queued', 'running');
CREATE INDEX check_runs_logged ON check_runs (ended_at) WHERE log_chars > 0;

-- The output of a run, in order.
CREATE TABLE check_logs (
  run_id INTEGER NOT NULL REFERENCES check_runs (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL CHECK (seq > 0),
  text TEXT NOT NULL,
  PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

-- The lines of an output that name a place in the code.
CREATE TABLE check_notes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id INTEGER NOT NULL REFERENCES check_runs (id) ON DELETE CASCADE,
  level TEXT NOT NULL CHECK (level IN ('error', 'warning', 'notice')),
  path TEXT,
  line INTEGER CHECK (line > 0),
  message TEXT NOT NULL
) STRICT;
CREATE INDEX check_notes_of ON check_notes (run_id, id);

-- The head for which a pull request's checks were last considered.
ALTER TABLE pulls ADD COLUMN checks_for TEXT;
CREATE INDEX pulls_without_checks ON pulls (id) WHERE state = 'open' AND draft = 0 AND checks_for IS NOT head_oid;
