-- Set while the spec differs from the one that the agent's harness was greeted with (modules: agents sets it, turns clears it at hello).
ALTER TABLE agents ADD COLUMN spec_untold INTEGER NOT NULL DEFAULT 0 CHECK (spec_untold IN (0, 1));
