import { OPERATOR, SYSTEM } from '../../../../../protocol/names.ts';

/** Who writes to whom, and what the hive's routing says about it. */
export interface RouteFacts {
  routing: 'open' | 'tree';
  sender: string;
  senderRole: string;
  recipient: string;
  /** Null for the manager, undefined for whoever is no agent (any more). */
  parentOf: (name: string) => string | null | undefined;
}

export type Route =
  /** To the recipient itself; `copyTo` gets a copy. */
  | { kind: 'direct'; copyTo: string | null }
  /** To `via` instead, marked as meant for the recipient. */
  | { kind: 'via'; via: string }
  | { kind: 'refuse'; why: string };

const DIRECT: Route = Object.freeze({ kind: 'direct', copyTo: null });
/** An agent with this role works on one thing and answers to its parent alone. */
const TASK_ROLE = 'task';

/**
 * The way a message takes. With open routing everyone writes to everyone. In a tree: up to one's
 * parent, down to one's children, to siblings with a copy to the parent, to other branches by way of
 * the nearest common ancestor; the operator and the hive reach everyone, and everyone but a
 * task-role agent reaches the operator. A refusal tells the sender whom to write to.
 */
export function decideRoute(facts: RouteFacts): Route {
  const { sender, recipient, parentOf } = facts;
  if (facts.routing === 'open' || sender === OPERATOR || sender === SYSTEM || sender === recipient) return DIRECT;
  const parent = parentOf(sender) ?? null;
  if (facts.senderRole === TASK_ROLE) return decideForTask(recipient, parent);
  if (recipient === OPERATOR || recipient === parent) return DIRECT;
  const recipientParent = parentOf(recipient) ?? null;
  if (recipientParent === sender) return DIRECT;
  if (parent !== null && parent === recipientParent) return { kind: 'direct', copyTo: parent };
  return decideAfar(facts, parent);
}

/** Whoever has no parent answers to the operator. */
function decideForTask(recipient: string, parent: string | null): Route {
  const only = parent ?? OPERATOR;
  if (recipient === only) return DIRECT;
  return { kind: 'refuse', why: `An agent with the role "${TASK_ROLE}" writes only to its parent: write to ${only}.` };
}

/** For two who are neither parent and child nor siblings. Each name is visited once, so cycles end. */
function decideAfar({ sender, recipient, parentOf }: RouteFacts, parent: string | null): Route {
  const above = new Set<string>();
  for (let name = parent; name !== null && name !== sender && !above.has(name); name = parentOf(name) ?? null)
    above.add(name);
  if (above.has(recipient))
    return { kind: 'refuse', why: `${recipient} is further up than your parent: write to your parent ${parent}.` };

  const seen = new Set<string>();
  let below = recipient;
  for (let name = parentOf(recipient) ?? null; name !== null && !seen.has(name); name = parentOf(name) ?? null) {
    if (name === sender)
      return { kind: 'refuse', why: `${recipient} is further down than your children: write to your child ${below}.` };
    if (above.has(name)) return { kind: 'via', via: name };
    seen.add(name);
    below = name;
  }
  return { kind: 'refuse', why: `You and ${recipient} have no common ancestor: write to ${parent ?? OPERATOR}.` };
}
