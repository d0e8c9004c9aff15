-- The broker in full: addresses, priorities, expiry, threads, questions, topics, attachments, schedules.
-- Tables whose CHECKs change are made anew; ids stay as they were.

CREATE TABLE messages_2 (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  thread      INTEGER NOT NULL,  -- the message that began it (its own id when it begins one)
  in_reply_to INTEGER,
  sender      TEXT NOT NULL,
  recipient   TEXT NOT NULL,     -- as addressed: a name, 'operator', '*', '@…' or '#…'
  kind        TEXT NOT NULL CHECK (kind IN ('note', 'question', 'answer', 'task', 'result', 'escalation', 'system', 'reminder')),
  priority    INTEGER CHECK (priority BETWEEN 0 AND 3), -- as declared: 0 critical … 3 low
  body        TEXT NOT NULL,
  key         TEXT,
  at          INTEGER NOT NULL,
  turn_id     INTEGER,           -- the turn in which its sender wrote it
  data        TEXT CHECK (data IS NULL OR json_valid(data)) -- messageData; null when there is nothing in it
) STRICT;
INSERT INTO messages_2 (id, thread, in_reply_to, sender, recipient, kind, body, key, at)
  SELECT id, thread, in_reply_to, sender, recipient, kind, body, key, at FROM messages;
-- A message that was deleted must not give its number to another one.
UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'messages')
  WHERE name = 'messages_2' AND EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'messages');
DROP TABLE messages;
ALTER TABLE messages_2 RENAME TO messages;
CREATE INDEX messages_thread ON messages (thread, id);
CREATE INDEX messages_sender ON messages (sender, id);
CREATE UNIQUE INDEX messages_key ON messages (sender, key) WHERE key IS NOT NULL;

CREATE TABLE deliveries_2 (
  id          INTEGER PRIMARY KEY,
  message_id  INTEGER NOT NULL REFERENCES messages (id),
  recipient   TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'done', 'dead', 'expired', 'withdrawn')),
  order_key   INTEGER NOT NULL,            -- smallest first; see broker/policy/order.ts
  urgency     INTEGER NOT NULL DEFAULT 2 CHECK (urgency BETWEEN 0 AND 3), -- as declared; what was not is 2
  copy        INTEGER NOT NULL DEFAULT 0 CHECK (copy IN (0, 1)),
  bytes       INTEGER NOT NULL,            -- of the message's text
  expires_at  INTEGER,
  held_until  INTEGER,                     -- not handed out before
  attempts    INTEGER NOT NULL DEFAULT 0,  -- turns it was leased to
  failures    INTEGER NOT NULL DEFAULT 0,  -- of these, the ones that failed through the turn's own fault
  turn_id     INTEGER,                     -- the turn that has it or had it last
  woken_at    INTEGER,
  leased_at   INTEGER,
  in_context_at INTEGER,
  ended_at    INTEGER,
  note        TEXT,
  CHECK ((state = 'leased') <= (turn_id IS NOT NULL)),
  CHECK ((state IN ('queued', 'leased')) = (ended_at IS NULL))
) STRICT;
INSERT INTO deliveries_2 (id, message_id, recipient, state, order_key, bytes, attempts, failures, turn_id, leased_at, in_context_at, ended_at, note)
  SELECT d.id, d.message_id, d.recipient, d.state, m.at + 20000, octet_length(m.body), d.attempts, d.failures, d.turn_id,
    d.leased_at, d.in_context_at, d.ended_at, d.note
  FROM deliveries d JOIN messages m ON m.id = d.message_id;
DROP TABLE deliveries;
ALTER TABLE deliveries_2 RENAME TO deliveries;
CREATE UNIQUE INDEX deliveries_message ON deliveries (message_id, recipient);
CREATE INDEX deliveries_recipient ON deliveries (recipient, message_id);
CREATE INDEX deliveries_waiting ON deliveries (recipient, order_key, id) WHERE state = 'queued';
CREATE INDEX deliveries_urgent ON deliveries (recipient, order_key, id) WHERE state = 'queued' AND urgency < 2;
CREATE INDEX deliveries_dead ON deliveries (recipient, id) WHERE state = 'dead';
CREATE INDEX deliveries_dead_all ON deliveries (id) WHERE state = 'dead';
CREATE INDEX deliveries_leased ON deliveries (turn_id) WHERE state = 'leased';
CREATE INDEX deliveries_expiring ON deliveries (expires_at) WHERE state = 'queued' AND expires_at IS NOT NULL;
CREATE INDEX deliveries_held ON deliveries (held_until) WHERE state = 'queued' AND held_until IS NOT NULL;

-- What waits in each mailbox, kept true by triggers so that a full one is known without counting.
CREATE TABLE mailboxes (
  owner       TEXT PRIMARY KEY,
  queued      INTEGER NOT NULL DEFAULT 0 CHECK (queued >= 0),
  bytes       INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0),
  dead        INTEGER NOT NULL DEFAULT 0 CHECK (dead >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO mailboxes (owner, queued, bytes, dead)
  SELECT recipient, SUM(state = 'queued'), SUM(CASE WHEN state = 'queued' THEN bytes ELSE 0 END), SUM(state = 'dead')
  FROM deliveries GROUP BY recipient;
CREATE TRIGGER deliveries_in AFTER INSERT ON deliveries WHEN NEW.state = 'queued' BEGIN
  INSERT INTO mailboxes (owner, queued, bytes) VALUES (NEW.recipient, 1, NEW.bytes)
    ON CONFLICT (owner) DO UPDATE SET queued = queued + 1, bytes = bytes + NEW.bytes;
END;
CREATE TRIGGER deliveries_moved AFTER UPDATE OF state ON deliveries WHEN OLD.state <> NEW.state BEGIN
  UPDATE mailboxes SET
    queued = queued + (NEW.state = 'queued') - (OLD.state = 'queued'),
    bytes = bytes + CASE WHEN NEW.state = 'queued' THEN NEW.bytes WHEN OLD.state = 'queued' THEN -OLD.bytes ELSE 0 END,
    dead = dead + (NEW.state = 'dead') - (OLD.state = 'dead')
  WHERE owner = NEW.recipient;
END;
CREATE TRIGGER deliveries_gone AFTER DELETE ON deliveries WHEN OLD.state IN ('queued', 'dead') BEGIN
  UPDATE mailboxes SET
    queued = queued - (OLD.state = 'queued'),
    bytes = bytes - CASE WHEN OLD.state = 'queued' THEN OLD.bytes ELSE 0 END,
    dead = dead - (OLD.state = 'dead')
  WHERE owner = OLD.recipient;
END;

-- Kept short, since every message that begins a thread writes one: the rest is read from its messages.
CREATE TABLE threads (
  id          INTEGER PRIMARY KEY,  -- the message that began it
  last_id     INTEGER NOT NULL,     -- and the newest one
  messages    INTEGER NOT NULL DEFAULT 1,
  state       TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed', 'paused')),
  why         TEXT
) STRICT;
CREATE INDEX threads_last ON threads (last_id);
INSERT INTO threads (id, last_id, messages) SELECT thread, MAX(id), COUNT(*) FROM messages GROUP BY thread;

-- Two agents that write to each other, by their names in order: what damps a loop (broker/policy/talk.ts).
CREATE TABLE talks (
  a           TEXT NOT NULL,
  b           TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (json_valid(state)), -- `Talk`
  last_sender TEXT,                 -- of the state, for a quick look
  paused      INTEGER NOT NULL CHECK (paused IN (0, 1)),
  thread      INTEGER,              -- the one that was paused
  question    INTEGER,              -- what the operator was asked
  held_until  INTEGER NOT NULL DEFAULT 0, -- the last message that was slowed goes out then; none overtakes it
  PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;

CREATE INDEX talks_question ON talks (question) WHERE question IS NOT NULL;
CREATE INDEX talks_thread ON talks (thread) WHERE thread IS NOT NULL;

CREATE TABLE questions (
  id          INTEGER PRIMARY KEY REFERENCES messages (id),
  asker       TEXT NOT NULL,
  asked       TEXT NOT NULL,
  deadline    INTEGER,
  state       TEXT NOT NULL CHECK (state IN ('open', 'answered', 'defaulted', 'expired', 'withdrawn')),
  answer_id   INTEGER,
  closed_at   INTEGER,
  CHECK ((state = 'open') = (closed_at IS NULL))
) STRICT;
CREATE INDEX questions_open ON questions (asked, id) WHERE state = 'open';
CREATE INDEX questions_asker ON questions (asker) WHERE state = 'open';
CREATE INDEX questions_due ON questions (deadline) WHERE state = 'open' AND deadline IS NOT NULL;
CREATE INDEX questions_asked ON questions (asked, id);

CREATE TABLE topics (
  name        TEXT PRIMARY KEY,
  open        INTEGER NOT NULL DEFAULT 1 CHECK (open IN (0, 1)),
  created_by  TEXT NOT NULL,
  created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE subscriptions (
  topic       TEXT NOT NULL REFERENCES topics (name),
  agent       TEXT NOT NULL,
  PRIMARY KEY (topic, agent)
) STRICT, WITHOUT ROWID;
CREATE INDEX subscriptions_agent ON subscriptions (agent);

-- Files by the hash of their bytes; the bytes lie in <root>/blobs.
CREATE TABLE blobs (
  hash        TEXT PRIMARY KEY CHECK (length(hash) = 64),
  bytes       INTEGER NOT NULL,
  created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Who may attach what: an upload is good for an hour.
CREATE TABLE uploads (
  hash        TEXT NOT NULL,
  owner       TEXT NOT NULL,
  until       INTEGER NOT NULL,
  PRIMARY KEY (hash, owner)
) STRICT, WITHOUT ROWID;
CREATE INDEX uploads_until ON uploads (until);
CREATE TABLE attachments (
  message_id  INTEGER NOT NULL REFERENCES messages (id),
  name        TEXT NOT NULL,
  hash        TEXT NOT NULL REFERENCES blobs (hash),
  PRIMARY KEY (message_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachments_hash ON attachments (hash);

CREATE TABLE reminders_2 (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  owner       TEXT NOT NULL,        -- who set it
  recipient   TEXT NOT NULL,        -- whose mailbox it goes to
  due_at      INTEGER NOT NULL,
  body        TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('standing', 'fired', 'cancelled')),
  message_id  INTEGER,              -- set when it fired
  hash        TEXT REFERENCES blobs (hash),
  file_name   TEXT,
  created_at  INTEGER NOT NULL,
  CHECK ((state = 'fired') = (message_id IS NOT NULL)),
  CHECK ((hash IS NULL) = (file_name IS NULL))
) STRICT;
INSERT INTO reminders_2 (id, owner, recipient, due_at, body, state, message_id, created_at)
  SELECT id, agent, agent, due_at, body, CASE WHEN message_id IS NULL THEN 'standing' ELSE 'fired' END, message_id, created_at FROM reminders;
DROP TABLE reminders;
ALTER TABLE reminders_2 RENAME TO reminders;
CREATE INDEX reminders_standing ON reminders (due_at, id) WHERE state = 'standing';
CREATE INDEX reminders_owner ON reminders (owner, state, due_at);
CREATE INDEX reminders_recipient ON reminders (recipient, state, due_at);
CREATE INDEX reminders_created ON reminders (owner, created_at);
CREATE INDEX reminders_over ON reminders (due_at) WHERE state <> 'standing';
CREATE INDEX reminders_hash ON reminders (hash) WHERE hash IS NOT NULL;

CREATE TABLE schedules (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  owner       TEXT NOT NULL,
  recipient   TEXT NOT NULL,
  action      TEXT NOT NULL CHECK (action IN ('message', 'wake', 'start', 'task')),
  priority    INTEGER CHECK (priority BETWEEN 0 AND 3),
  body        TEXT NOT NULL,
  cron        TEXT NOT NULL,
  time_zone   TEXT NOT NULL,
  misfire     TEXT NOT NULL CHECK (misfire IN ('skip', 'once', 'all')),
  window_ms   INTEGER NOT NULL,
  jitter_ms   INTEGER NOT NULL,
  paused      INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
  next_at     INTEGER,              -- null: never again
  last_at     INTEGER,
  fired       INTEGER NOT NULL DEFAULT 0,
  skipped     INTEGER NOT NULL DEFAULT 0,
  trouble     TEXT,
  created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX schedules_due ON schedules (next_at) WHERE paused = 0 AND next_at IS NOT NULL;
CREATE INDEX schedules_owner ON schedules (owner);
-- Which run became which message; what makes a run happen once.
CREATE TABLE schedule_runs (
  schedule_id INTEGER NOT NULL,
  due_at      INTEGER NOT NULL,
  owner       TEXT NOT NULL,
  message_id  INTEGER,
  PRIMARY KEY (schedule_id, due_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX schedule_runs_owner ON schedule_runs (owner, due_at);
CREATE INDEX schedule_runs_due ON schedule_runs (due_at);

-- By delivery as well: a message that is deleted takes its rows along.
CREATE INDEX turn_deliveries_delivery ON turn_deliveries (delivery_id);
-- 1: it came while the turn ran, and its harness hears of it apart.
ALTER TABLE turn_deliveries ADD COLUMN joined INTEGER NOT NULL DEFAULT 0 CHECK (joined IN (0, 1));
ALTER TABLE agents ADD COLUMN quiet_until INTEGER;  -- do not disturb
ALTER TABLE agents ADD COLUMN worked_at INTEGER NOT NULL DEFAULT 0; -- the last turn that did more than talk ended then
ALTER TABLE turns ADD COLUMN work_calls INTEGER NOT NULL DEFAULT 0;

-- Words of messages. Filled in the background: meta 'search.upto' says how far (broker/index-search.ts).
CREATE VIRTUAL TABLE message_words USING fts5 (body, content = 'messages', content_rowid = 'id');
