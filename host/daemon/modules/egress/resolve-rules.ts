import { type EgressRule, readEgressTarget } from '../../../../protocol/egress.ts';
import type { EgressRuleView } from '../../../../protocol/schemas/egress.ts';
import type { GatewayControl } from '../../../../protocol/schemas/service.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { AgentRow } from '../agents/queries.ts';
import { callerOf, type KnownCaller, listCallers } from './callers.ts';
import { subjectsOf } from './policy/subjects-of.ts';
import { listRules } from './store/egress-rules.ts';

/** The gateway's control line with the rules of every agent that has any. */
export function composeEgressLine(db: Db): Extract<GatewayControl, { type: 'egress' }> {
  return { type: 'egress', agents: resolveRules(listRules(db), listCallers(db)) };
}

/**
 * The rules of each agent, with hosts in place of presets: its own, those of its role and those of all. The hive itself has
 * only its own.
 */
export function resolveRules(rules: readonly EgressRuleView[], callers: readonly KnownCaller[]) {
  const resolved = rules.flatMap((rule) => {
    const read = resolveRule(rule);
    return read === null ? [] : [{ subject: rule.subject as string, rule: read }];
  });
  return callers.flatMap((caller) => {
    const { name } = caller;
    const subjects = new Set(subjectsOf(caller));
    const own = resolved.filter(({ subject }) => subjects.has(subject)).map(({ rule }) => rule);
    return own.length === 0 ? [] : [{ name, rules: own }];
  });
}

/** The hosts that an agent may reach: names and `*.domain`, with the port where a rule names one. Sorted. */
export function listAllowedHosts(db: Db, agent: Pick<AgentRow, 'name' | 'spec'>): string[] {
  const rules = resolveRules(listRules(db), [callerOf(agent)])[0]?.rules ?? [];
  const placesOf = (verdict: EgressRule['verdict']) =>
    rules
      .filter((rule) => rule.verdict === verdict)
      .flatMap(({ hosts, port }) => hosts.map((host) => (port === null ? host : `${host}:${port}`)));
  const denied = new Set(placesOf('deny'));
  return [...new Set(placesOf('allow'))].filter((place) => !denied.has(place)).toSorted();
}

/** Null for a preset that this version does not have. */
function resolveRule({ id, target, kind, verdict, term, methods, address }: EgressRuleView): EgressRule | null {
  const read = readEgressTarget(target);
  if (typeof read === 'string') return null;
  return {
    id,
    verdict,
    hosts: [...read.hosts],
    port: read.port,
    ...(kind === null ? {} : { kind }),
    methods,
    address,
    once: term === 'once',
  };
}
