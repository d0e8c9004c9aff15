-- The hosts that agents may reach through the gateway, and what they reached (module: egress).
CREATE TABLE egress_rules (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- not reused: the gateway remembers which rules for one connection are used
  subject     TEXT NOT NULL,     -- an agent, or @role:<role>
  target      TEXT NOT NULL,     -- a preset, or host[:port], *.domain[:port]
  verdict     TEXT NOT NULL CHECK (verdict IN ('allow', 'deny')),
  term        TEXT NOT NULL CHECK (term IN ('always', 'turn', 'once')),
  methods     TEXT CHECK (methods IS NULL OR json_valid(methods)), -- for plain HTTP; NULL: all
  address     TEXT,              -- where the host is; NULL: what its name resolves to
  created_at  INTEGER NOT NULL,
  UNIQUE (subject, target)
) STRICT;

CREATE TABLE connections (
  id          INTEGER PRIMARY KEY,
  report_id   TEXT NOT NULL UNIQUE,
  agent       TEXT NOT NULL,
  turn_id     INTEGER,           -- the turn in which it began
  kind        TEXT NOT NULL CHECK (kind IN ('tunnel', 'plain')),
  host        TEXT NOT NULL,
  port        INTEGER NOT NULL,
  method      TEXT NOT NULL,
  verdict     TEXT NOT NULL CHECK (verdict IN ('allowed', 'refused', 'failed')),
  why         TEXT,
  rule_id     INTEGER,
  bytes_up    INTEGER NOT NULL,
  bytes_down  INTEGER NOT NULL,
  started_at  INTEGER NOT NULL,
  ended_at    INTEGER NOT NULL,
  count       INTEGER NOT NULL
) STRICT;
CREATE INDEX connections_agent ON connections (agent, id);
CREATE INDEX connections_ended ON connections (ended_at);
