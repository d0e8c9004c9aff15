-- Which agents get which secrets; the values are in files of hived's (module: secrets).
CREATE TABLE secret_grants (
  secret   TEXT NOT NULL,
  subject  TEXT NOT NULL, -- an agent, or @role:<role>
  at       INTEGER NOT NULL,
  PRIMARY KEY (secret, subject)
) STRICT, WITHOUT ROWID;
