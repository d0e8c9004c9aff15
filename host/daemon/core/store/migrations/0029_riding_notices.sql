-- Module mail. 0: it starts no turn and joins none by itself; it is leased with mail that does.
ALTER TABLE deliveries ADD COLUMN wakes INTEGER NOT NULL DEFAULT 1 CHECK (wakes IN (0, 1));
CREATE INDEX deliveries_riding ON deliveries (recipient) WHERE state = 'queued' AND wakes = 0;
