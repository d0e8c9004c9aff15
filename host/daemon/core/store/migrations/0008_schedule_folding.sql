-- Runs that were skipped since the last message of a schedule, because it still waits (broker/timers/fold-run.ts).
ALTER TABLE schedules ADD COLUMN folded INTEGER NOT NULL DEFAULT 0;
CREATE INDEX schedule_runs_message ON schedule_runs (schedule_id, message_id) WHERE message_id IS NOT NULL;
