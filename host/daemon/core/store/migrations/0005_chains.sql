-- Chains of messages: how far each is from the last word from outside (the operator's), to bound loops of any length.

ALTER TABLE messages ADD COLUMN hops INTEGER NOT NULL DEFAULT 0;      -- turns between it and that word
ALTER TABLE messages ADD COLUMN idle_hops INTEGER NOT NULL DEFAULT 0; -- of these, since its senders last did other work
ALTER TABLE messages ADD COLUMN chain INTEGER;                        -- the message from outside; null for one itself
CREATE INDEX messages_chain ON messages (chain, id) WHERE chain IS NOT NULL;
-- What an agent sets for itself goes on with the chain of the turn in which it was set.
ALTER TABLE reminders ADD COLUMN hops INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reminders ADD COLUMN idle_hops INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reminders ADD COLUMN chain INTEGER;
ALTER TABLE schedules ADD COLUMN hops INTEGER NOT NULL DEFAULT 0;
ALTER TABLE schedules ADD COLUMN idle_hops INTEGER NOT NULL DEFAULT 0;
ALTER TABLE schedules ADD COLUMN chain INTEGER;

-- Chains that are held until the operator answers; a row goes with the answer.
CREATE TABLE paused_chains (
  chain       INTEGER PRIMARY KEY,
  thread      INTEGER NOT NULL,  -- of the message that went too far
  question    INTEGER NOT NULL   -- what the operator was asked
) STRICT;
CREATE INDEX paused_chains_thread ON paused_chains (thread);
CREATE INDEX paused_chains_question ON paused_chains (question);
