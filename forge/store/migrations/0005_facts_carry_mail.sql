-- A fact may carry mail for hived to post: JSON as protocol/schemas/service.ts declares it.
ALTER TABLE facts ADD COLUMN mail TEXT CHECK (mail IS NULL OR json_valid(mail));
-- How much mail of one author is counted before more is added.
CREATE INDEX facts_mailed ON facts (made_by, at) WHERE mail IS NOT NULL;
