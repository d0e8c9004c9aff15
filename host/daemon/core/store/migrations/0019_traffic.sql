-- Quotas of the bytes that agents exchange with hosts outside, and what passed (module: egress).
CREATE TABLE egress_quotas (
  subject     TEXT NOT NULL,     -- an agent, @role:<role>, or * for all agents; each of them has all of it
  per         TEXT NOT NULL CHECK (per IN ('hour', 'day', 'month')),
  bytes       INTEGER NOT NULL CHECK (bytes > 0),
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (subject, per)
) STRICT, WITHOUT ROWID;

CREATE TABLE traffic (
  agent  TEXT NOT NULL,
  slot   INTEGER NOT NULL,       -- the quarter of an hour in which it was counted: its start
  bytes  INTEGER NOT NULL,
  PRIMARY KEY (agent, slot)
) STRICT, WITHOUT ROWID;
CREATE INDEX traffic_slot ON traffic (slot);

-- The sum that each instance of the gateway reported last, which is contained in `traffic`.
CREATE TABLE traffic_counters (
  agent     TEXT NOT NULL,
  instance  TEXT NOT NULL,
  bytes     INTEGER NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (agent, instance)
) STRICT, WITHOUT ROWID;
CREATE INDEX traffic_counters_at ON traffic_counters (at);

-- The quotas of which the operator was told that they are used up: the newest of each agent and period.
CREATE TABLE quotas_reached (
  agent         TEXT NOT NULL,
  per           TEXT NOT NULL CHECK (per IN ('hour', 'day', 'month')),
  window_start  INTEGER NOT NULL,
  bytes         INTEGER NOT NULL,
  PRIMARY KEY (agent, per)
) STRICT, WITHOUT ROWID;
