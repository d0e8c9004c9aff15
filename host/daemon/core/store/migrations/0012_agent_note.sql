-- agents: what it works on, in its own or the operator's words; empty without any.
ALTER TABLE agents ADD COLUMN note TEXT NOT NULL DEFAULT '';
