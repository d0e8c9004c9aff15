-- The entry that one answers: it is about the same place.
ALTER TABLE pull_entries ADD COLUMN reply_to INTEGER REFERENCES pull_entries (id) ON DELETE SET NULL;
