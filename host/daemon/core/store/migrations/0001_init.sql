-- Times are integer epoch milliseconds. JSON columns hold what a zod schema in protocol/ parses.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE agents (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- also gives the agent's uid, so it is never used again
  name        TEXT NOT NULL UNIQUE,
  parent      TEXT REFERENCES agents (name),
  spec        TEXT NOT NULL CHECK (json_valid(spec)),
  desired     TEXT NOT NULL CHECK (desired IN ('running', 'stopped')),
  generation  INTEGER NOT NULL DEFAULT 1 CHECK (generation > 0),
  session_id  TEXT,
  boot_id     TEXT,             -- the harness that said hello last
  boot_generation INTEGER,      -- and the generation of the box it runs in
  hello_at    INTEGER,
  fence       INTEGER NOT NULL DEFAULT 0,
  not_before  INTEGER,          -- no turn is offered before this
  turns       INTEGER NOT NULL DEFAULT 0,
  input_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0,
  cache_read_tokens INTEGER NOT NULL DEFAULT 0,
  cache_write_tokens INTEGER NOT NULL DEFAULT 0,
  cost_usd    REAL NOT NULL DEFAULT 0,
  unpriced_calls INTEGER NOT NULL DEFAULT 0, -- calls whose price is not known: the sum is not the whole
  created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE messages (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  thread      INTEGER NOT NULL,  -- the message that began it (its own id when it begins one)
  in_reply_to INTEGER,
  sender      TEXT NOT NULL,
  recipient   TEXT NOT NULL,     -- as addressed: a name, 'operator' or '*'
  kind        TEXT NOT NULL CHECK (kind IN ('note', 'system', 'reminder')),
  body        TEXT NOT NULL,
  key         TEXT,
  at          INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_thread ON messages (thread, id);
CREATE INDEX messages_sender ON messages (sender, id);
CREATE UNIQUE INDEX messages_key ON messages (sender, key) WHERE key IS NOT NULL;

CREATE TABLE deliveries (
  id          INTEGER PRIMARY KEY,
  message_id  INTEGER NOT NULL REFERENCES messages (id),
  recipient   TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'done', 'dead')),
  attempts    INTEGER NOT NULL DEFAULT 0,  -- turns it was leased to
  failures    INTEGER NOT NULL DEFAULT 0,  -- of these, the ones that failed through the turn's own fault
  turn_id     INTEGER,                     -- the turn that has it or had it last
  leased_at   INTEGER,
  in_context_at INTEGER,
  ended_at    INTEGER,
  note        TEXT,
  CHECK ((state = 'leased') <= (turn_id IS NOT NULL)),
  CHECK ((state IN ('done', 'dead')) = (ended_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX deliveries_message ON deliveries (message_id, recipient);
CREATE INDEX deliveries_recipient ON deliveries (recipient, message_id);
CREATE INDEX deliveries_waiting ON deliveries (recipient, id) WHERE state = 'queued';
CREATE INDEX deliveries_dead ON deliveries (recipient, id) WHERE state = 'dead';
CREATE INDEX deliveries_leased ON deliveries (turn_id) WHERE state = 'leased';

CREATE TABLE turns (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  agent       TEXT NOT NULL,
  generation  INTEGER NOT NULL,
  boot_id     TEXT NOT NULL,
  fence       INTEGER NOT NULL,
  started_at  INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  interrupt   INTEGER NOT NULL DEFAULT 0 CHECK (interrupt IN (0, 1)),
  ended_at    INTEGER,
  outcome     TEXT CHECK (outcome IN ('done', 'failed', 'rate_limited', 'needs_login', 'interrupted', 'timed_out', 'lost')),
  reason      TEXT,
  text        TEXT NOT NULL DEFAULT '',
  duration_ms INTEGER,
  tool_calls  INTEGER NOT NULL DEFAULT 0,
  usage       TEXT CHECK (usage IS NULL OR json_valid(usage)), -- as the CLI counted
  CHECK ((ended_at IS NULL) = (outcome IS NULL))
) STRICT;
CREATE INDEX turns_agent ON turns (agent, id);
CREATE UNIQUE INDEX turns_open ON turns (agent) WHERE ended_at IS NULL; -- one at a time

-- Which messages entered which turn, for good.
CREATE TABLE turn_deliveries (
  turn_id     INTEGER NOT NULL REFERENCES turns (id),
  delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
  attempt     INTEGER NOT NULL,
  PRIMARY KEY (turn_id, delivery_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE reminders (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  agent       TEXT NOT NULL,
  due_at      INTEGER NOT NULL,
  body        TEXT NOT NULL,
  message_id  INTEGER REFERENCES messages (id), -- set when it fired
  created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX reminders_standing ON reminders (due_at) WHERE message_id IS NULL;
CREATE INDEX reminders_agent ON reminders (agent) WHERE message_id IS NULL;

CREATE TABLE events (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  at          INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  agent       TEXT,
  data        TEXT NOT NULL CHECK (json_valid(data))
) STRICT;
CREATE INDEX events_agent ON events (agent, seq) WHERE agent IS NOT NULL;

-- How far each harness boot's spool is stored.
CREATE TABLE spools (
  agent       TEXT NOT NULL,
  boot_id     TEXT NOT NULL,
  acked       INTEGER NOT NULL,
  PRIMARY KEY (agent, boot_id)
) STRICT, WITHOUT ROWID;

-- Calls to models as the gateway counted them.
CREATE TABLE model_calls (
  id          TEXT PRIMARY KEY,
  agent       TEXT NOT NULL,
  turn_id     INTEGER,
  provider    TEXT NOT NULL,
  model       TEXT NOT NULL,
  started_at  INTEGER NOT NULL,
  ended_at    INTEGER NOT NULL,
  status      INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cache_read_tokens INTEGER NOT NULL,
  cache_write_tokens INTEGER NOT NULL,
  cost_usd    REAL
) STRICT, WITHOUT ROWID;
CREATE INDEX model_calls_turn ON model_calls (turn_id) WHERE turn_id IS NOT NULL;

-- Effects outside the database: written before the act, closed after it, taken up again at start.
CREATE TABLE intents (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  kind        TEXT NOT NULL CHECK (kind IN ('rebuild', 'rebuild_all', 'destroy')),
  agent       TEXT,
  data        TEXT NOT NULL CHECK (json_valid(data)),
  created_at  INTEGER NOT NULL,
  ended_at    INTEGER,
  result      TEXT
) STRICT;
CREATE INDEX intents_open ON intents (id) WHERE ended_at IS NULL;

-- One-time sign-in links and sessions, by the hash of their secret.
CREATE TABLE sign_in_links (
  hash        TEXT PRIMARY KEY,
  expires_at  INTEGER NOT NULL,
  used_at     INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE sessions (
  hash        TEXT PRIMARY KEY,
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
