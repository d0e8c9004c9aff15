-- Calls to models that are under way, so that one whose gateway dies is counted as a call of unknown cost.
CREATE TABLE open_calls (
  id          TEXT PRIMARY KEY,
  instance    TEXT NOT NULL,     -- of the gateway that serves it
  agent       TEXT NOT NULL,
  turn_id     INTEGER,
  provider    TEXT NOT NULL,
  started_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX open_calls_instance ON open_calls (instance);

-- Retention: single calls go, their sum stays with the turn.
CREATE INDEX model_calls_ended ON model_calls (ended_at);
ALTER TABLE turns ADD COLUMN counted TEXT CHECK (counted IS NULL OR json_valid(counted)); -- of calls that were deleted
