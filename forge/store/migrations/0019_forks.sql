-- Of which repository this one is a copy. Null: of none, or of one that is gone.
ALTER TABLE repositories ADD COLUMN forked_from INTEGER REFERENCES repositories (id) ON DELETE SET NULL;
CREATE INDEX repositories_forked_from ON repositories (forked_from) WHERE forked_from IS NOT NULL;
