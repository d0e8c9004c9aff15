import type { Label, LabelView, RepoLabel } from '../../protocol/schemas/label.ts';
import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

/** Labels of repositories. Names are compared without the case of Latin letters. */

const LABELS = `SELECT id, name, color, description,
    (SELECT count(*) FROM pull_labels JOIN pulls ON pulls.id = pull_id WHERE label_id = labels.id AND state = 'open') AS openPulls
  FROM labels WHERE repository_id = ? ORDER BY name`;

export function labelsOf(db: Db, repositoryId: number): RepoLabel[] {
  return sql(db, LABELS).all(repositoryId) as RepoLabel[];
}

export function countLabels(db: Db, repositoryId: number): number {
  const row = sql(db, 'SELECT count(*) AS count FROM labels WHERE repository_id = ?').get(repositoryId);
  return (row as { count: number }).count;
}

const FIND = 'SELECT id, name, color, description FROM labels WHERE repository_id = @repositoryId AND name = @name';

export function findLabel(db: Db, repositoryId: number, name: string): Label | null {
  return (sql(db, FIND).get({ repositoryId, name }) as Label | undefined) ?? null;
}

export function insertLabel(db: Db, repositoryId: number, label: Omit<Label, 'id'>): void {
  sql(
    db,
    'INSERT INTO labels (repository_id, name, color, description) VALUES (@repositoryId, @name, @color, @description)',
  ).run({ ...label, repositoryId });
}

export function updateLabel(db: Db, { id, name, color, description }: Label): void {
  sql(db, 'UPDATE labels SET name = @name, color = @color, description = @description WHERE id = @id').run({
    id,
    name,
    color,
    description,
  });
}

export function deleteLabel(db: Db, id: number): void {
  sql(db, 'DELETE FROM labels WHERE id = ?').run(id);
}

const OF_PULL = `SELECT labels.id, name, color, description FROM pull_labels JOIN labels ON labels.id = label_id
  WHERE pull_id = ? ORDER BY name`;

export function labelsOfPull(db: Db, pullId: number): Label[] {
  return sql(db, OF_PULL).all(pullId) as Label[];
}

/** The same as answers show them. */
export function viewLabels(db: Db, pullId: number): LabelView[] {
  return labelsOfPull(db, pullId).map(({ name, color }) => ({ name, color }));
}

export function addPullLabel(db: Db, pullId: number, labelId: number): void {
  sql(db, 'INSERT OR IGNORE INTO pull_labels (pull_id, label_id) VALUES (?, ?)').run(pullId, labelId);
}

export function removePullLabel(db: Db, pullId: number, labelId: number): void {
  sql(db, 'DELETE FROM pull_labels WHERE pull_id = ? AND label_id = ?').run(pullId, labelId);
}
