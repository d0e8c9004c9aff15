import type { ApprovalAnswer, ApprovalView } from '../../../../../protocol/schemas/egress.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

/** An approval without what follows from the hive's configuration. */
export type ApprovalRow = Omit<ApprovalView, 'waitsUntil'>;
/** What an agent asks for. */
export type Asked = Pick<ApprovalRow, 'agent' | 'host' | 'port' | 'kind'>;

/** The open approval of an agent for a host and port, by TLS or by plain HTTP. */
export function findOpenApproval(db: Db, asked: Asked): ApprovalRow | null {
  const row = sql(
    db,
    `SELECT id, agent, host, port, kind, created_at AS createdAt FROM approvals
     WHERE agent = @agent AND host = @host AND port = @port AND kind = @kind AND answer IS NULL`,
  ).get(asked) as ApprovalRow | undefined;
  return row ?? null;
}

export function countOpenApprovals(db: Db, agent: string): number {
  return sql(db, 'SELECT COUNT(*) FROM approvals WHERE agent = ? AND answer IS NULL').pluck().get(agent) as number;
}

export function insertApproval(db: Db, asked: Asked, at: number): number {
  const result = sql(
    db,
    'INSERT INTO approvals (agent, host, port, kind, created_at) VALUES (@agent, @host, @port, @kind, @at)',
  ).run({ ...asked, at });
  return Number(result.lastInsertRowid);
}

/** Open approvals, the oldest first. */
export function listOpenApprovals(db: Db): ApprovalRow[] {
  return sql(
    db,
    `SELECT id, agent, host, port, kind, created_at AS createdAt FROM approvals WHERE answer IS NULL
     ORDER BY created_at, id`,
  ).all() as ApprovalRow[];
}

export type OpenApproval = Pick<ApprovalRow, 'id' | 'agent' | 'host' | 'port'>;

/** Open approvals of one agent, or of all, the oldest first. */
export function openApprovals(db: Db, agent: string | null = null): OpenApproval[] {
  return sql(
    db,
    'SELECT id, agent, host, port FROM approvals WHERE answer IS NULL AND (@agent IS NULL OR agent = @agent) ORDER BY id',
  ).all({ agent }) as OpenApproval[];
}

/** Records the answer; null when no approval of that id is open. */
export function closeApproval(db: Db, id: number, answer: ApprovalAnswer): ApprovalRow | null {
  const row = sql(
    db,
    `UPDATE approvals SET answer = ? WHERE id = ? AND answer IS NULL
     RETURNING id, agent, host, port, kind, created_at AS createdAt`,
  ).get(answer, id) as ApprovalRow | undefined;
  return row ?? null;
}

/** Deletes an agent's open approvals from before a time: nobody answers them any more. */
export function dropStaleApprovals(db: Db, agent: string, before: number): void {
  sql(db, 'DELETE FROM approvals WHERE agent = ? AND answer IS NULL AND created_at < ?').run(agent, before);
}

export function deleteApprovalsOf(db: Db, agent: string): void {
  sql(db, 'DELETE FROM approvals WHERE agent = ?').run(agent);
}

/** Deletes approvals that are older than a time, open ones too, at most `limit`. Returns the number deleted. */
export function pruneApprovals(db: Db, { before, limit }: { before: number; limit: number }): number {
  return sql(
    db,
    'DELETE FROM approvals WHERE id IN (SELECT id FROM approvals WHERE created_at < ? ORDER BY created_at LIMIT ?)',
  ).run(before, limit).changes;
}
