import { HiveError } from '../../../../protocol/errors.ts';
import { BROADCAST, OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import type { Db } from '../../../../store/open-store.ts';
import { unknownAgent, unknownTopic } from '../agents/unknown-agent.ts';
import { agentNames, agentsWithRole, childrenOf, roleOf } from '../agents/queries.ts';
import { findTopic, topicNames } from '../topics/queries.ts';
import { decideRoute } from './policy/route.ts';
import type { SendView } from './send-view.ts';

/** One mailbox that receives a message. */
export interface Target {
  name: string;
  /** True for a recipient that only gets a copy for information. */
  copy: boolean;
  /** The addressed recipient when routing delivers to this mailbox instead; null when they are the same. */
  meantFor: string | null;
}

export interface Resolved {
  targets: Target[];
  /** Members of a group that will not get the message, and why. */
  skipped: { name: string; why: string }[];
  /** True when the address was a group's name and not a single recipient's. */
  isGroup: boolean;
}

/** From this number of members on, one query for all agents is cheaper than one query per member. */
const MANY = 50;

interface Mail {
  sender: string;
  to: string;
  kind: string;
}

/**
 * Who gets a message, by its address and the hive's routing. Throws `unknown_agent` and `unknown_topic`
 * with the nearest names, `message_to_self`, `topic_closed`, `no_recipients`, and `not_routed` with the reason.
 */
export function resolveTargets(
  db: Db,
  view: SendView,
  { mail, routing }: { mail: Mail; routing: 'open' | 'tree' },
): Resolved {
  const members = membersOf(db, view, mail);
  const senderRole = routing === 'tree' && view.sender() !== null ? roleOf(db, mail.sender) : '';
  const route = (recipient: string) =>
    decideRoute({ routing, sender: mail.sender, senderRole, recipient, parentOf: view.parentOf });
  if (members === null) {
    const recipient = mail.to === '@parent' ? parentAddress(view, mail.sender) : mail.to;
    return { ...resolveOne(db, view, { ...mail, to: recipient, way: route(recipient) }), isGroup: false };
  }
  if (members.length >= MANY) view.expectMany();
  const skipped: Resolved['skipped'] = [];
  const targets: Target[] = [];
  for (const name of members) {
    const way = route(name);
    if (way.kind === 'direct') targets.push({ name, copy: false, meantFor: null });
    else skipped.push({ name, why: way.kind === 'refuse' ? way.why : `Mail to ${name} is routed through ${way.via}.` });
  }
  if (members.length === 0) throw new HiveError('no_recipients', `"${mail.to}" has no members now.`);
  if (targets.length === 0) throw new HiveError('not_routed', skipped[0]?.why);
  return { targets, skipped, isGroup: true };
}

/** The members of a group, without the sender; null when the address is one recipient's. */
function membersOf(db: Db, view: SendView, { sender, to }: Mail): string[] | null {
  const others = (names: readonly string[]) => names.filter((name) => name !== sender);
  if (to === BROADCAST) return others(agentNames(db));
  if (to === '@children')
    return sender === OPERATOR ? agentNames(db).filter((name) => view.parentOf(name) === null) : childrenOf(db, sender);
  if (to.startsWith('@role:')) return others(agentsWithRole(db, to.slice('@role:'.length).trim()));
  if (!to.startsWith('#')) return null;
  const topic = findTopic(db, to);
  if (topic === null) throw unknownTopic(to, topicNames(db));
  if (!topic.open)
    throw new HiveError('topic_closed', `The operator closed the topic ${to}. Write to somebody by name.`);
  return others(topic.subscribers);
}

/** The operator stands in for the parent of an agent without one. */
function parentAddress(view: SendView, sender: string): string {
  if (sender === OPERATOR || sender === SYSTEM)
    throw new HiveError('no_recipients', 'The operator has no parent. Name an agent.');
  return view.parentOf(sender) ?? OPERATOR;
}

function resolveOne(
  db: Db,
  view: SendView,
  { sender, to, kind, way }: Mail & { way: ReturnType<typeof decideRoute> },
): Omit<Resolved, 'isGroup'> {
  if (to === sender && kind !== 'reminder') throw new HiveError('message_to_self');
  if (to !== OPERATOR && !view.isAgent(to)) throw unknownAgent(to, [...agentNames(db), OPERATOR]);
  switch (way.kind) {
    case 'refuse':
      throw new HiveError('not_routed', way.why);
    case 'via':
      return { targets: [{ name: way.via, copy: false, meantFor: to }], skipped: [] };
    case 'direct': {
      const target = { name: to, copy: false, meantFor: null };
      return {
        targets: way.copyTo === null ? [target] : [target, { name: way.copyTo, copy: true, meantFor: null }],
        skipped: [],
      };
    }
  }
}
