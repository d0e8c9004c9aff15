-- Hosts that agents asked for and that the operator answers (module: egress).
CREATE TABLE approvals (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- not reused: people type it
  agent       TEXT NOT NULL,
  host        TEXT NOT NULL,
  port        INTEGER NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('tunnel', 'plain')),
  answer      TEXT CHECK (answer IN ('once', 'turn', 'always', 'all', 'no')), -- NULL: open
  created_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX approvals_open ON approvals (agent, host, port) WHERE answer IS NULL;
CREATE INDEX approvals_created ON approvals (created_at);
