import { type EgressCaller, readEgressTarget } from '../../../../protocol/egress.ts';
import { HIVE } from '../../../../protocol/hive-caller.ts';
import { HiveError } from '../../../../protocol/errors.ts';
import type { EgressRuleView } from '../../../../protocol/schemas/egress.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { OperatorCaller } from '../../core/module.ts';
import type { Tx } from '../../core/writer.ts';
import { agentOf, isGroup, requireCaller } from './callers.ts';
import { type NewRule, putRule } from './store/egress-rules.ts';

/** Stores a rule and its event, in the caller's transaction. */
export function storeRule(
  tx: Tx,
  rule: NewRule,
  { events, by }: { events: EventLog; by: OperatorCaller },
): EgressRuleView {
  const row = putRule(tx.db, rule);
  recordChange(tx, row, { events, verdict: row.verdict, by });
  return row;
}

export function recordChange(
  tx: Tx,
  { subject, target, term }: EgressRuleView,
  change: { events: EventLog; verdict: 'allow' | 'deny' | 'removed'; by: OperatorCaller },
): void {
  const { events, verdict, by } = change;
  events.append(tx, 'egress.changed', { agent: agentOf(subject), data: { subject, target, term, verdict, by } });
}

/** Throws for a rule whose parts do not fit together. */
export function requireFitting(db: Db, rule: Omit<NewRule, 'at'>): void {
  const { subject, target, term, address } = rule;
  if (!isGroup(subject)) requireCaller(db, subject as EgressCaller);
  if (subject === HIVE && term !== 'always')
    throw new HiveError(
      'invalid_input',
      'The hive itself has no turns: a rule for it is for always, until you remove it.',
    );
  if (isGroup(subject) && term !== 'always')
    throw new HiveError(
      'invalid_input',
      'A rule for several agents is for always: name one agent for a turn or one connection.',
    );
  const read = readEgressTarget(target);
  const isOneHost = typeof read !== 'string' && read.hosts.length === 1 && read.hosts[0] === target.split(':')[0];
  if (address !== null && (!isOneHost || target.startsWith('*')))
    throw new HiveError('invalid_input', 'An address belongs to one host: name that host, not a preset or a wildcard.');
}
