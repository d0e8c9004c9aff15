-- agents: the model that its harness was told last; NULL before its first hello (module: agents).
ALTER TABLE agents ADD COLUMN told_model TEXT;
