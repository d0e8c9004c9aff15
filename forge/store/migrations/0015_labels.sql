-- Labels of a repository, for its pull requests. No id is given twice: clients of Gitea's API remember them.
CREATE TABLE labels (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  name TEXT NOT NULL COLLATE NOCASE CHECK (name <> ''),
  color TEXT NOT NULL CHECK (color GLOB '#[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  description TEXT NOT NULL,
  UNIQUE (repository_id, name)
) STRICT;

CREATE TABLE pull_labels (
  pull_id INTEGER NOT NULL REFERENCES pulls (id) ON DELETE CASCADE,
  label_id INTEGER NOT NULL REFERENCES labels (id) ON DELETE CASCADE,
  PRIMARY KEY (pull_id, label_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pull_labels_of ON pull_labels (label_id);
