-- Agents: who or what holds an agent between turns, as JSON ({"paused": {"at": 1, "by": "hivectl", "reason": null}});
-- NULL when nothing does.
ALTER TABLE agents ADD COLUMN holds TEXT CHECK (holds IS NULL OR json_valid(holds));
