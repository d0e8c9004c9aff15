import type { ProjectName } from '../../../../../protocol/names.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

/** A project as it is stored; its members are in the specs of agents. */
export interface ProjectRow {
  readonly name: ProjectName;
  readonly description: string;
  readonly createdAt: number;
}

const COLUMNS = 'name, description, created_at AS createdAt';

const ALL = `SELECT ${COLUMNS} FROM projects ORDER BY name`;
const ONE = `SELECT ${COLUMNS} FROM projects WHERE name = ?`;

/** Every project, in the order of the names. */
export function listProjects(db: Db): ProjectRow[] {
  return sql(db, ALL).all() as ProjectRow[];
}

export function findProject(db: Db, name: string): ProjectRow | null {
  return (sql(db, ONE).get(name) as ProjectRow | undefined) ?? null;
}

export function insertProject(db: Db, project: ProjectRow): void {
  sql(db, 'INSERT INTO projects (name, description, created_at) VALUES (@name, @description, @createdAt)').run(project);
}

export function deleteProject(db: Db, name: ProjectName): void {
  sql(db, 'DELETE FROM projects WHERE name = ?').run(name);
}
