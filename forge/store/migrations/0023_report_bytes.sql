-- Bytes of the reports that were handed over.
ALTER TABLE check_runs ADD COLUMN report_bytes INTEGER NOT NULL DEFAULT 0 CHECK (report_bytes >= 0);
