-- Statuses and checks are looked up by the commit that they are about.
CREATE INDEX pulls_by_head ON pulls (repository_id, head_oid);
