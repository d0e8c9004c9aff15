import type { MemberLevel } from '../../../../../protocol/access/repo-access.ts';
import type { AgentName, ProjectName } from '../../../../../protocol/names.ts';
import { type AgentSpec, type UsageSum, type UsageTotals } from '../../../../../protocol/schemas/agent.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';
import type { AgentHold } from '../../../../../protocol/schemas/hold.ts';
import { parseHolds } from './holds.ts';
import { parseSpec } from './parse-spec.ts';

export interface AgentRow {
  id: number;
  name: AgentName;
  parent: AgentName | null;
  spec: AgentSpec;
  desired: 'running' | 'stopped';
  generation: number;
  sessionId: string | null;
  bootId: string | null;
  bootGeneration: number | null;
  helloAt: number | null;
  fence: number;
  notBefore: number | null;
  quietUntil: number | null;
  /** Its note on its current work; empty for none. */
  note: string;
  /** Why the hive itself stopped it, if it did. */
  stoppedWhy: string | null;
  /** The model that its harness was told last; null before its first hello. */
  toldModel: string | null;
  /** What holds it between turns, the one to show first. */
  holds: readonly AgentHold[];
  turns: number;
  usage: UsageSum;
  createdAt: number;
}

const COLUMNS = `id, name, parent, spec, desired, generation, session_id, boot_id, boot_generation, hello_at, fence, not_before,
  quiet_until, stopped_why, turns, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd,
  unpriced_calls, created_at, note, told_model, holds`;

/** A row in the order of COLUMNS: reading hundreds of rows takes half the time without column names. */
type Values = [
  id: number,
  name: AgentName,
  parent: AgentName | null,
  spec: string,
  desired: AgentRow['desired'],
  generation: number,
  sessionId: string | null,
  bootId: string | null,
  bootGeneration: number | null,
  helloAt: number | null,
  fence: number,
  notBefore: number | null,
  quietUntil: number | null,
  stoppedWhy: string | null,
  turns: number,
  inputTokens: number,
  outputTokens: number,
  cacheReadTokens: number,
  cacheWriteTokens: number,
  costUsd: number,
  unpricedCalls: number,
  createdAt: number,
  note: string,
  toldModel: string | null,
  holds: string | null,
];

function fromValues(row: Values): AgentRow {
  return {
    id: row[0],
    name: row[1],
    parent: row[2],
    spec: parseSpec(row[3]),
    desired: row[4],
    generation: row[5],
    sessionId: row[6],
    bootId: row[7],
    bootGeneration: row[8],
    helloAt: row[9],
    fence: row[10],
    notBefore: row[11],
    quietUntil: row[12],
    stoppedWhy: row[13],
    turns: row[14],
    usage: {
      inputTokens: row[15],
      outputTokens: row[16],
      cacheReadTokens: row[17],
      cacheWriteTokens: row[18],
      costUsd: row[19],
      unpricedCalls: row[20],
    },
    createdAt: row[21],
    note: row[22],
    toldModel: row[23],
    holds: parseHolds(row[24]),
  };
}

const LIST_AGENTS = `SELECT ${COLUMNS} FROM agents ORDER BY name <> 'manager', name`;

/** All agents, the manager first, then by name. */
export function listAgents(db: Db): AgentRow[] {
  const rows = sql(db, LIST_AGENTS).raw().all() as Values[];
  return rows.map(fromValues);
}

/** The parts of an agent that others may see and from which its state is derived. */
export type AgentBrief = Pick<
  AgentRow,
  'name' | 'parent' | 'desired' | 'generation' | 'helloAt' | 'notBefore' | 'note' | 'stoppedWhy' | 'holds'
> & { role: string };

/** All agents, the manager first, then by name; much cheaper than whole rows. */
export function listBriefs(db: Db): AgentBrief[] {
  const rows = sql(
    db,
    `SELECT name, parent, spec ->> 'role' AS role, desired, generation, hello_at AS helloAt, not_before AS notBefore,
       note, stopped_why AS stoppedWhy, holds FROM agents ORDER BY name <> 'manager', name`,
  ).all() as (Omit<AgentBrief, 'holds'> & { holds: string | null })[];
  return rows.map((row) => ({ ...row, holds: parseHolds(row.holds) }));
}

const FIND_AGENT = `SELECT ${COLUMNS} FROM agents WHERE name = ?`;

export function findAgent(db: Db, name: string): AgentRow | null {
  const row = sql(db, FIND_AGENT).raw().get(name) as Values | undefined;
  return row === undefined ? null : fromValues(row);
}

/** The facts that decide whether a turn may be offered; read at every wake, so nothing is parsed. */
export type BootFacts = Pick<
  AgentRow,
  'bootId' | 'bootGeneration' | 'generation' | 'desired' | 'notBefore' | 'quietUntil'
> & {
  /** 1 while its harness has been sent another spec than is declared now. */
  specUntold: 0 | 1;
  /** 1 while a hold keeps turns from beginning. */
  held: 0 | 1;
};

export function bootFacts(db: Db, name: string): BootFacts | null {
  const row = sql(
    db,
    `SELECT boot_id AS bootId, boot_generation AS bootGeneration, generation, desired, not_before AS notBefore,
       quiet_until AS quietUntil, spec_untold AS specUntold, holds IS NOT NULL AS held FROM agents WHERE name = ?`,
  ).get(name) as BootFacts | undefined;
  return row ?? null;
}

/** The facts that can keep an agent from being woken. */
export type WakeFacts = Pick<BootFacts, 'desired' | 'notBefore' | 'quietUntil' | 'held'>;

/** The distinct providers in specs; null for specs that name none. */
export function declaredProviders(db: Db): (string | null)[] {
  return sql(db, "SELECT DISTINCT spec ->> '$.provider' FROM agents").pluck().all() as (string | null)[];
}

/** Puts the agents whose specs name one provider on another; returns them. */
export function moveProvider(db: Db, { from, to }: { from: string; to: string }): AgentName[] {
  return sql(
    db,
    "UPDATE agents SET spec = json_set(spec, '$.provider', ?) WHERE spec ->> '$.provider' = ? RETURNING name",
  )
    .pluck()
    .all(to, from) as AgentName[];
}

/** An agent's level in a project. */
export interface MemberRow {
  readonly project: ProjectName;
  readonly agent: AgentName;
  readonly level: MemberLevel;
}

/** The members of a project, or of all of them, in the order of the agents' names. */
export function listMembers(db: Db, project: ProjectName | null = null): MemberRow[] {
  return sql(
    db,
    `SELECT projects.key AS project, agents.name AS agent, projects.value AS level
     FROM agents, json_each(agents.spec, '$.projects') AS projects
     WHERE @project IS NULL OR projects.key = @project ORDER BY agents.name, projects.key`,
  ).all({ project }) as MemberRow[];
}

/** Takes a project out of all specs; returns the agents that were in it, which have to be sent theirs again. */
export function leaveProject(db: Db, project: ProjectName): AgentName[] {
  const members = listMembers(db, project).map(({ agent }) => agent);
  // Names of projects have only letters, digits and "-".
  const leave = sql(
    db,
    `UPDATE agents SET spec = json_remove(spec, '$.projects."' || ? || '"'), spec_untold = 1 WHERE name = ?`,
  );
  const clean = sql(
    db,
    "UPDATE agents SET spec = json_remove(spec, '$.projects') WHERE name = ? AND spec ->> '$.projects' = '{}'",
  );
  for (const agent of members) {
    leave.run(project, agent);
    clean.run(agent);
  }
  return members;
}

/** Names only, for fan-out and suggestions; much cheaper than whole rows. */
export function agentNames(db: Db): AgentName[] {
  return sql(db, 'SELECT name FROM agents ORDER BY name').pluck().all() as AgentName[];
}

/** An agent's place in the tree, and when it last did more than talk. */
export interface Relatives {
  parent: string | null;
  /** End of its last turn that called a tool other than the hive's (epoch ms); 0 when there was none. */
  workedAt: number;
}

/** Where an agent stands in the hive. */
interface Place {
  readonly role: string;
  readonly parent: string | null;
  /** Joined with "+", which no name contains; empty for none. */
  readonly projects: string;
}

/** An agent's role, parent and projects, these in the order of their names; null when there is no such agent. */
export function findPlace(db: Db, name: string): Place | null {
  const row = sql(
    db,
    `SELECT spec ->> 'role' AS role, parent,
       (SELECT group_concat(key, '+' ORDER BY key) FROM json_each(agents.spec, '$.projects')) AS projects
     FROM agents WHERE name = ?`,
  ).get(name) as (Omit<Place, 'projects'> & { projects: string | null }) | undefined;
  return row === undefined ? null : { ...row, projects: row.projects ?? '' };
}

export function roleOf(db: Db, name: string): string {
  return (sql(db, "SELECT spec ->> 'role' FROM agents WHERE name = ?").pluck().get(name) as string | undefined) ?? '';
}

export function agentsWithRole(db: Db, role: string): AgentName[] {
  return sql(db, "SELECT name FROM agents WHERE lower(spec ->> 'role') = lower(?) ORDER BY name")
    .pluck()
    .all(role) as AgentName[];
}

export function childrenOf(db: Db, name: string): AgentName[] {
  return sql(db, 'SELECT name FROM agents WHERE parent = ? ORDER BY name').pluck().all(name) as AgentName[];
}

export function markWorked(db: Db, name: AgentName, at: number): void {
  sql(db, 'UPDATE agents SET worked_at = ? WHERE name = ?').run(at, name);
}

export function setNote(db: Db, name: AgentName, note: string): void {
  sql(db, 'UPDATE agents SET note = ? WHERE name = ?').run(note, name);
}

export function setQuietUntil(db: Db, name: AgentName, until: number | null): void {
  sql(db, 'UPDATE agents SET quiet_until = ? WHERE name = ?').run(until, name);
}

export function agentExists(db: Db, name: string): boolean {
  return sql(db, 'SELECT 1 FROM agents WHERE name = ?').get(name) !== undefined;
}

export function insertAgent(
  db: Db,
  row: { name: AgentName; parent: AgentName | null; spec: AgentSpec; desired: 'running' | 'stopped'; at: number },
): number {
  const result = sql(db, 'INSERT INTO agents (name, parent, spec, desired, created_at) VALUES (?, ?, ?, ?, ?)').run(
    row.name,
    row.parent,
    JSON.stringify(row.spec),
    row.desired,
    row.at,
  );
  return Number(result.lastInsertRowid);
}

/** The children get the destroyed agent's parent. Every other module deletes its own rows: see core/retire-agent.ts. */
export function deleteAgent(db: Db, name: AgentName, heir: AgentName | null): void {
  sql(db, 'UPDATE agents SET parent = ? WHERE parent = ?').run(heir, name);
  sql(db, 'DELETE FROM agents WHERE name = ?').run(name);
}

export function setDesired(db: Db, name: AgentName, desired: 'running' | 'stopped'): void {
  sql(db, 'UPDATE agents SET desired = ?, stopped_why = NULL WHERE name = ?').run(desired, name);
}

/** The hive's own reason to have stopped it; the next declaration clears it. */
export function setStoppedWhy(db: Db, name: AgentName, why: string): void {
  sql(db, 'UPDATE agents SET stopped_why = ? WHERE name = ?').run(why, name);
}

/** `tell`: its harness must be sent the spec again before the next turn (see `setBoot`). */
export function setSpec(db: Db, name: AgentName, change: { spec: AgentSpec; tell: boolean }): void {
  const { spec, tell } = change;
  sql(db, 'UPDATE agents SET spec = ?, spec_untold = max(spec_untold, ?) WHERE name = ?').run(
    JSON.stringify(spec),
    tell ? 1 : 0,
    name,
  );
}

export function setNotBefore(db: Db, name: AgentName, notBefore: number | null): void {
  sql(db, 'UPDATE agents SET not_before = ? WHERE name = ?').run(notBefore, name);
}

/** The next build of the agent's box; the park time of the previous one does not apply to it. */
export function nextGeneration(db: Db, name: AgentName): number {
  return sql(db, 'UPDATE agents SET generation = generation + 1, not_before = NULL WHERE name = ? RETURNING generation')
    .pluck()
    .get(name) as number;
}

/** A harness said hello, and is told the agent's spec, with this name for its model. */
export function setBoot(
  db: Db,
  name: AgentName,
  boot: { bootId: string; generation: number; at: number; model: string },
): void {
  sql(
    db,
    `UPDATE agents SET boot_id = @bootId, boot_generation = @generation, hello_at = @at, told_model = @model,
       spec_untold = 0 WHERE name = @name`,
  ).run({ ...boot, name });
}

/** Its harness must be sent the spec again before the next turn. */
export function setUntold(db: Db, name: AgentName): void {
  sql(db, 'UPDATE agents SET spec_untold = 1 WHERE name = ?').run(name);
}

export function takeFence(db: Db, name: AgentName): number {
  return sql(db, 'UPDATE agents SET fence = fence + 1, turns = turns + 1 WHERE name = ? RETURNING fence')
    .pluck()
    .get(name) as number;
}

export function setSession(db: Db, name: AgentName, sessionId: string | null): void {
  sql(db, 'UPDATE agents SET session_id = ? WHERE name = ?').run(sessionId, name);
}

/** The session that an agent continues; null without one, or without the agent. */
export function sessionOf(db: Db, name: AgentName): string | null {
  const found = sql(db, 'SELECT session_id FROM agents WHERE name = ?').pluck().get(name) as string | null | undefined;
  return found ?? null;
}

export function addUsage(db: Db, name: AgentName, usage: UsageTotals): void {
  sql(
    db,
    `UPDATE agents SET input_tokens = input_tokens + ?, output_tokens = output_tokens + ?,
       cache_read_tokens = cache_read_tokens + ?, cache_write_tokens = cache_write_tokens + ?,
       cost_usd = cost_usd + ?, unpriced_calls = unpriced_calls + ? WHERE name = ?`,
  ).run(
    usage.inputTokens,
    usage.outputTokens,
    usage.cacheReadTokens,
    usage.cacheWriteTokens,
    usage.costUsd ?? 0,
    usage.costUsd === null ? 1 : 0,
    name,
  );
}
