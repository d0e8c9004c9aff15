-- Connections to hosts outside that are open (module: egress), so that one whose gateway dies is recorded.
CREATE TABLE open_connections (
  report_id   TEXT PRIMARY KEY,
  instance    TEXT NOT NULL,     -- of the gateway that serves it
  agent       TEXT NOT NULL,
  turn_id     INTEGER,           -- the turn in which it began
  kind        TEXT NOT NULL CHECK (kind IN ('tunnel', 'plain')),
  host        TEXT NOT NULL,
  port        INTEGER NOT NULL,
  method      TEXT NOT NULL,
  rule_id     INTEGER,
  started_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX open_connections_instance ON open_connections (instance);
CREATE INDEX open_connections_agent ON open_connections (agent);
