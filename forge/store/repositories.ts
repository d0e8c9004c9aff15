import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import type { RepoView } from '../../protocol/schemas/repo.ts';
import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

/** A row of `repositories`. Names in it were checked before they were stored. */
export interface Repository {
  readonly id: number;
  readonly owner: RepoOwner;
  readonly name: RepoName;
  readonly defaultBranch: string;
  readonly refsVersion: number;
}

/** The list columns read from a bare repository. */
export interface RepositorySummary {
  readonly defaultBranch: string;
  readonly branches: number;
  readonly head: RepoView['head'];
  readonly sizeBytes: number;
  readonly objects: number;
}

const COLUMNS = 'id, owner, name, default_branch AS defaultBranch, refs_version AS refsVersion';

export function findRepository(db: Db, owner: RepoOwner, name: RepoName): Repository | null {
  const text = `SELECT ${COLUMNS} FROM repositories WHERE owner = ? AND name = ?`;
  return (sql(db, text).get(owner, name) as Repository | undefined) ?? null;
}

/** The repository of that name, ignoring case. */
export function findAnyCase(db: Db, owner: RepoOwner, name: RepoName): Repository | null {
  const text = `SELECT ${COLUMNS} FROM repositories WHERE owner = ? AND name_key = ?`;
  return (sql(db, text).get(owner, name.toLowerCase()) as Repository | undefined) ?? null;
}

const GET_REPOSITORY = `SELECT ${COLUMNS} FROM repositories WHERE id = ?`;

export function getRepository(db: Db, id: number): Repository | null {
  return (sql(db, GET_REPOSITORY).get(id) as Repository | undefined) ?? null;
}

const ALL_REPOSITORIES = `SELECT ${COLUMNS} FROM repositories ORDER BY owner, name_key`;

export function allRepositories(db: Db): Repository[] {
  return sql(db, ALL_REPOSITORIES).all() as Repository[];
}

export function insertRepository(
  db: Db,
  row: { owner: RepoOwner; name: RepoName; description: string; defaultBranch: string; at: number },
): Repository {
  const { lastInsertRowid } = sql(
    db,
    `INSERT INTO repositories (owner, name, name_key, description, default_branch, created_at)
       VALUES (@owner, @name, lower(@name), @description, @defaultBranch, @at)`,
  ).run(row);
  return {
    id: Number(lastInsertRowid),
    owner: row.owner,
    name: row.name,
    defaultBranch: row.defaultBranch,
    refsVersion: 0,
  };
}

/** Stores the list columns; `pushedAt` (epoch ms) is not changed when null. */
export function storeSummary(db: Db, id: number, look: RepositorySummary & { pushedAt: number | null }): void {
  sql(
    db,
    `UPDATE repositories SET default_branch = @defaultBranch, branches = @branches, size_bytes = @sizeBytes, objects = @objects,
       head_oid = @oid, head_summary = @summary, head_author = @author, head_at = @at,
       pushed_at = coalesce(@pushedAt, pushed_at), refs_version = refs_version + 1
     WHERE id = @id`,
  ).run({
    id,
    defaultBranch: look.defaultBranch,
    branches: look.branches,
    sizeBytes: look.sizeBytes,
    objects: look.objects,
    pushedAt: look.pushedAt,
    ...(look.head ?? { oid: null, summary: null, author: null, at: null }),
  });
}

export function setForkedFrom(db: Db, id: number, origin: number): void {
  sql(db, 'UPDATE repositories SET forked_from = @origin WHERE id = @id').run({ id, origin });
}

/** The newest commit of the default branch, as last recorded; null when it had none. */
export function knownHead(db: Db, id: number): RepositorySummary['head'] {
  const text = `SELECT head_oid AS oid, head_summary AS summary, head_author AS author, head_at AS at
    FROM repositories WHERE id = ? AND head_oid IS NOT NULL`;
  return (sql(db, text).get(id) as NonNullable<RepositorySummary['head']> | undefined) ?? null;
}

/** Deletes a repository's row, with its refs and pushes; its facts stay. */
export function deleteRepository(db: Db, id: number): void {
  sql(db, 'DELETE FROM repositories WHERE id = ?').run(id);
}

export interface OwnerUse {
  readonly repositories: number;
  readonly bytes: number;
  readonly objects: number;
  /** Branches and tags. */
  readonly refs: number;
}

/** An owner's use of the forge, as of each repository's last push. */
export function measureOwner(db: Db, owner: RepoOwner): OwnerUse {
  return sql(
    db,
    `SELECT count(*) AS repositories, coalesce(sum(size_bytes), 0) AS bytes, coalesce(sum(objects), 0) AS objects,
         (SELECT count(*) FROM refs JOIN repositories AS r ON r.id = refs.repository_id WHERE r.owner = @owner) AS refs
       FROM repositories WHERE owner = @owner`,
  ).get({ owner }) as OwnerUse;
}

/** The stored part of a RepoView; the access depends on the caller. */
export type RepositoryRow = Omit<RepoView, 'access'>;

interface ViewRow extends Omit<RepositoryRow, 'head' | 'follows'> {
  follows: string | null;
  oid: string | null;
  summary: string;
  author: string;
  headAt: number;
}

/** Rows for lists, ordered by owner and name; of one repository when `id` is given. */
export function viewRepositories(db: Db, id: number | null = null): RepositoryRow[] {
  const rows = sql(
    db,
    `SELECT owner, name, description, default_branch AS defaultBranch, branches, size_bytes AS sizeBytes,
         created_at AS createdAt, pushed_at AS pushedAt,
         (SELECT count(*) FROM pulls WHERE pulls.repository_id = repositories.id AND pulls.state = 'open') AS openPulls,
         (SELECT origin.owner || '/' || origin.name FROM repositories AS origin
           WHERE origin.id = repositories.forked_from) AS forkOf,
         (SELECT url FROM mirrors WHERE repository_id = repositories.id AND direction = 'pull') AS follows,
         head_oid AS oid, head_summary AS summary, head_author AS author, head_at AS headAt
       FROM repositories WHERE @id IS NULL OR id = @id ORDER BY owner, name_key`,
  ).all({ id }) as ViewRow[];
  return rows.map(({ oid, summary, author, headAt, follows, ...rest }) => ({
    ...rest,
    ...(follows === null ? {} : { follows }),
    head: oid === null ? null : { oid, summary, author, at: headAt },
  }));
}
