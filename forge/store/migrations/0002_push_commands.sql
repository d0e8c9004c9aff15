-- What the pusher's connection asked for: JSON list of {ref, new}; NULL in rows of an older forge.
ALTER TABLE pushes ADD COLUMN commands TEXT CHECK (commands IS NULL OR json_valid(commands));
