-- A push that receives its objects: it has not moved a ref, and may be beside others. Older forges have no such rows.
ALTER TABLE pushes ADD COLUMN receiving INTEGER NOT NULL DEFAULT 0 CHECK (receiving IN (0, 1));
