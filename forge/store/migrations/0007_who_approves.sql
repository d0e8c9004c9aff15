-- Where the head had left its base when it was approved. Null: not known.
ALTER TABLE pull_entries ADD COLUMN fork TEXT;
-- The head that an approval is for: the commit that was judged, or a later one that makes the same change. Null: no
-- commit now, because the base is another one.
ALTER TABLE pull_entries ADD COLUMN stands_for TEXT;
UPDATE pull_entries SET stands_for = oid WHERE kind = 'approve';

-- Approvals count for a later commit, too, that makes the same change.
ALTER TABLE branch_rules ADD COLUMN keep_on_rebase INTEGER NOT NULL DEFAULT 0 CHECK (keep_on_rebase IN (0, 1));
-- Each changed path needs an approval of an owner (.hive/CODEOWNERS); roles of agents (a JSON array) that have to approve.
ALTER TABLE branch_rules ADD COLUMN owners INTEGER NOT NULL DEFAULT 0 CHECK (owners IN (0, 1));
ALTER TABLE branch_rules ADD COLUMN roles TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(roles));
