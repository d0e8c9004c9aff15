-- money: calls whose tokens the provider did not report to their end, in each quarter of an hour.
ALTER TABLE spending ADD COLUMN estimated_calls INTEGER NOT NULL DEFAULT 0 CHECK (estimated_calls >= 0);
