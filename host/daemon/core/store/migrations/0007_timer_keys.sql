-- What an owner sets under a key is set once: a repeat within a day is told the first one (broker/timers/repeat.ts).
ALTER TABLE reminders ADD COLUMN key TEXT;
ALTER TABLE reminders ADD COLUMN asked TEXT; -- SHA-256 of what was asked with that key, before any change
CREATE UNIQUE INDEX reminders_key ON reminders (owner, key) WHERE key IS NOT NULL;
ALTER TABLE schedules ADD COLUMN key TEXT;
ALTER TABLE schedules ADD COLUMN asked TEXT;
CREATE UNIQUE INDEX schedules_key ON schedules (owner, key) WHERE key IS NOT NULL;
