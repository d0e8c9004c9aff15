-- projects: owners of repositories in the forge. Their members are in the specs of agents.
CREATE TABLE projects (
  name        TEXT PRIMARY KEY,
  description TEXT NOT NULL,
  created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- money: the projects of a call's agent when it began, in the order of their names and joined with "+"; empty for none.
ALTER TABLE open_calls ADD COLUMN projects TEXT NOT NULL DEFAULT '';
CREATE TABLE spending_30 (
  slot               INTEGER NOT NULL, -- its start, epoch ms
  agent              TEXT NOT NULL,
  role               TEXT NOT NULL,    -- at that time; empty when the agent was gone
  projects           TEXT NOT NULL,
  provider           TEXT NOT NULL,
  model              TEXT NOT NULL,
  calls              INTEGER NOT NULL,
  unpriced_calls     INTEGER NOT NULL,
  estimated_calls    INTEGER NOT NULL CHECK (estimated_calls >= 0),
  input_tokens       INTEGER NOT NULL,
  output_tokens      INTEGER NOT NULL,
  cache_read_tokens  INTEGER NOT NULL,
  cache_write_tokens INTEGER NOT NULL,
  cost_usd           REAL NOT NULL,
  PRIMARY KEY (slot, agent, role, projects, provider, model)
) STRICT, WITHOUT ROWID;
INSERT INTO spending_30 (slot, agent, role, projects, provider, model, calls, unpriced_calls, estimated_calls,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd)
  SELECT slot, agent, role, '', provider, model, calls, unpriced_calls, estimated_calls,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd FROM spending;
DROP TABLE spending;
ALTER TABLE spending_30 RENAME TO spending;
