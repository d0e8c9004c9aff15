-- Addresses that are called when something happens in a repository.
CREATE TABLE webhooks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  url TEXT NOT NULL,
  events TEXT NOT NULL CHECK (json_valid(events)),
  -- The key of the signatures; shown once, when the webhook is made.
  secret TEXT NOT NULL,
  created_at INTEGER NOT NULL CHECK (created_at >= 0),
  -- The last fact of which deliveries were made.
  after_fact INTEGER NOT NULL CHECK (after_fact >= 0),
  failing_since INTEGER CHECK (failing_since >= 0),
  disabled_at INTEGER CHECK (disabled_at >= 0)
) STRICT;
CREATE INDEX webhooks_of ON webhooks (repository_id);

CREATE TABLE webhook_deliveries (
  id TEXT PRIMARY KEY,
  webhook_id INTEGER NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
  event TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  created_at INTEGER NOT NULL CHECK (created_at >= 0),
  due_at INTEGER NOT NULL CHECK (due_at >= 0),
  ended_at INTEGER CHECK (ended_at >= 0),
  status INTEGER,
  response TEXT,
  error TEXT,
  CHECK ((state = 'waiting') = (ended_at IS NULL))
) STRICT;
CREATE INDEX webhook_deliveries_of ON webhook_deliveries (webhook_id, created_at);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (due_at) WHERE state = 'waiting';
