-- A rule may be for plain HTTP or for tunnels alone: what an agent asked for and the operator approved (module: egress).
CREATE TABLE egress_rules_by_kind (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- not reused: the gateway remembers which rules for one connection are used
  subject     TEXT NOT NULL,     -- an agent, or @role:<role>
  target      TEXT NOT NULL,     -- a preset, or host[:port], *.domain[:port]
  kind        TEXT CHECK (kind IN ('tunnel', 'plain')), -- NULL: both
  verdict     TEXT NOT NULL CHECK (verdict IN ('allow', 'deny')),
  term        TEXT NOT NULL CHECK (term IN ('always', 'turn', 'once')),
  methods     TEXT CHECK (methods IS NULL OR json_valid(methods)), -- for plain HTTP; NULL: all
  address     TEXT,              -- where the host is; NULL: what its name resolves to
  created_at  INTEGER NOT NULL,
  UNIQUE (subject, target, kind)
) STRICT;
INSERT INTO egress_rules_by_kind (id, subject, target, verdict, term, methods, address, created_at)
  SELECT id, subject, target, verdict, term, methods, address, created_at FROM egress_rules;
DELETE FROM sqlite_sequence WHERE name = 'egress_rules_by_kind';
INSERT INTO sqlite_sequence (name, seq) SELECT 'egress_rules_by_kind', seq FROM sqlite_sequence WHERE name = 'egress_rules';
DROP TABLE egress_rules;
ALTER TABLE egress_rules_by_kind RENAME TO egress_rules;

DROP INDEX approvals_open;
CREATE UNIQUE INDEX approvals_open ON approvals (agent, host, port, kind) WHERE answer IS NULL;
