-- Why the hive itself stopped an agent; null when somebody asked for it, or it runs.
ALTER TABLE agents ADD COLUMN stopped_why TEXT;

-- Agents from before limits of disk have none.
UPDATE agents SET spec = json_set(spec, '$.limits.diskMb', 0, '$.limits.diskFiles', 0);
