import { OPERATOR, SYSTEM } from '../../../../../protocol/names.ts';

/** Sender, recipient, tree and routing mode: the inputs of `decideRoute`. */
export interface RouteFacts {
  routing: 'open' | 'tree';
  sender: string;
  senderRole: string;
  recipient: string;
  /** Null for the manager, undefined for a name without an agent. */
  parentOf: (name: string) => string | null | undefined;
}

export type Route =
  /** Deliver to the recipient; `copyTo` gets a copy. */
  | { kind: 'direct'; copyTo: string | null }
  /** Deliver to `via`, with the recipient's name on the delivery. */
  | { kind: 'via'; via: string }
  | { kind: 'refuse'; why: string };

const DIRECT: Route = Object.freeze({ kind: 'direct', copyTo: null });
/** An agent with this role works on one task and writes to its parent only. */
const TASK_ROLE = 'task';

/**
 * Decides how a message is routed. With open routing everyone writes to everyone. In a tree: to the parent,
 * to children, to siblings with a copy to the parent, and to other branches through the nearest common
 * ancestor. The operator and the hive reach everyone, and everyone but a task-role agent reaches the
 * operator. A refusal tells the sender whom to write to.
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

/** An agent without a parent writes to the operator. */
function decideForTask(recipient: string, parent: string | null): Route {
  const only = parent ?? OPERATOR;
  if (recipient === only) return DIRECT;
  return { kind: 'refuse', why: `An agent with the role "${TASK_ROLE}" writes only to its parent: write to ${only}.` };
}

/** For agents that are neither parent and child nor siblings. Each name is visited once, so cycles end. */
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
