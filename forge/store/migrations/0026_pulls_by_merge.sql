-- Caches of checks are looked up by the commit that a pull request became.
CREATE INDEX pulls_by_merge ON pulls (repository_id, merge_oid) WHERE merge_oid IS NOT NULL;
CREATE INDEX check_caches_waiting ON check_caches (id) WHERE counts = 0;
