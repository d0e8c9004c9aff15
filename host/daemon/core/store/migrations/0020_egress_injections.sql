-- Secrets that the gateway adds as a header to requests for a host (module: egress); their values are in files of hived's.
CREATE TABLE egress_injections (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- not reused: people type it
  subject     TEXT NOT NULL,     -- an agent, or @role:<role>
  host        TEXT NOT NULL,
  port        INTEGER NOT NULL,  -- where the gateway connects to with TLS
  secret      TEXT NOT NULL,
  header      TEXT NOT NULL,
  scheme      TEXT NOT NULL CHECK (scheme IN ('bearer', 'basic', 'plain')),
  user        TEXT,              -- of the scheme basic
  created_at  INTEGER NOT NULL,
  UNIQUE (subject, host, port)
) STRICT;
