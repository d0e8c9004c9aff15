import * as z from 'zod';
import { egressMethod } from '../../../../../protocol/egress.ts';
import type { EgressRuleView } from '../../../../../protocol/schemas/egress.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

export type NewRule = Omit<EgressRuleView, 'id' | 'createdAt'> & { at: number };

type Raw = Omit<EgressRuleView, 'methods'> & { methods: string | null };

const methodList = z.array(egressMethod);

function fromRaw({ methods, ...rest }: Raw): EgressRuleView {
  return { ...rest, methods: methods === null ? null : methodList.parse(JSON.parse(methods)) };
}

/** Stores a rule, in place of those with the same subject and target; beside one that is for the other kind alone. */
export function putRule(db: Db, rule: NewRule): EgressRuleView {
  const { subject, target, kind, verdict, term, address, at } = rule;
  const methods = rule.methods === null ? null : JSON.stringify(rule.methods);
  sql(
    db,
    `DELETE FROM egress_rules WHERE subject = @subject AND target = @target
       AND (@kind IS NULL OR kind IS NULL OR kind = @kind)`,
  ).run({ subject, target, kind });
  const raw = sql(
    db,
    `INSERT INTO egress_rules (subject, target, kind, verdict, term, methods, address, created_at)
     VALUES (@subject, @target, @kind, @verdict, @term, @methods, @address, @at)
     RETURNING id, subject, target, kind, verdict, term, methods, address, created_at AS createdAt`,
  ).get({ subject, target, kind, verdict, term, methods, address, at }) as Raw;
  return fromRaw(raw);
}

/** Every rule, in the order of their subjects and targets. */
export function listRules(db: Db): EgressRuleView[] {
  const rows = sql(
    db,
    `SELECT id, subject, target, kind, verdict, term, methods, address, created_at AS createdAt FROM egress_rules
     ORDER BY subject, target, kind`,
  ).all() as Raw[];
  return rows.map(fromRaw);
}

/** Deletes a rule and returns it; null when there is none of that id. */
export function deleteRule(db: Db, id: number): EgressRuleView | null {
  const raw = sql(
    db,
    `DELETE FROM egress_rules WHERE id = ?
     RETURNING id, subject, target, kind, verdict, term, methods, address, created_at AS createdAt`,
  ).get(id) as Raw | undefined;
  return raw === undefined ? null : fromRaw(raw);
}

/** Deletes the rule if it stands for one connection; whether it did. */
export function endOnceRule(db: Db, id: number): boolean {
  return sql(db, "DELETE FROM egress_rules WHERE id = ? AND term = 'once'").run(id).changes > 0;
}

/** Deletes an agent's rules that stand until its turn ends; whether there were any. */
export function endTurnRules(db: Db, agent: string): boolean {
  return sql(db, "DELETE FROM egress_rules WHERE subject = ? AND term = 'turn'").run(agent).changes > 0;
}

/** Whether an agent has rules that stand until its turn ends. */
export function hasTurnRules(db: Db, agent: string): boolean {
  return sql(db, "SELECT 1 FROM egress_rules WHERE subject = ? AND term = 'turn'").get(agent) !== undefined;
}

export function deleteRulesOf(db: Db, subject: string): void {
  sql(db, 'DELETE FROM egress_rules WHERE subject = ?').run(subject);
}
