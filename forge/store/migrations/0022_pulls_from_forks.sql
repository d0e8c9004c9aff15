-- The repository whose branch a pull request is from, if that is another one; its head is `OWNER/NAME:BRANCH` then. Null:
-- its own repository, or one that is gone.
ALTER TABLE pulls ADD COLUMN head_repository_id INTEGER REFERENCES repositories (id) ON DELETE SET NULL;
-- The fork's newest commit that could not be taken: it is not tried again.
ALTER TABLE pulls ADD COLUMN refused_oid TEXT;
CREATE INDEX pulls_from_forks ON pulls (head_repository_id) WHERE head_repository_id IS NOT NULL;
