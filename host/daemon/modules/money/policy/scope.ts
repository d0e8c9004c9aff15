import type { BudgetScope } from '../../../../../protocol/schemas/budget.ts';

/** An agent's place in the hive: its role, and the agents above it, nearest first. */
export interface Standing {
  readonly name: string;
  readonly role: string;
  readonly above: readonly string[];
  /** Its projects, joined with "+"; empty for none. */
  readonly projects: string;
}

/** Whether a budget is about an agent's calls. Roles are compared as mail's addresses compare them. */
export function appliesTo(scope: BudgetScope, who: Omit<Standing, 'projects'>): boolean {
  if (scope === 'hive' || scope === who.name) return true;
  const root = after('subtree:', scope);
  if (root !== null) return root === who.name || who.above.includes(root);
  const role = after('@role:', scope);
  return role !== null && role.toLowerCase() === who.role.toLowerCase();
}

/** The agent that a scope names, if it names one: the budget goes with it. */
export function ownerOf(scope: BudgetScope): string | null {
  if (scope === 'hive' || scope.startsWith('@role:')) return null;
  return after('subtree:', scope) ?? scope;
}

/** The scopes that name this agent. */
export function scopesNaming(name: string): string[] {
  return [name, `subtree:${name}`];
}

function after(prefix: string, text: string): string | null {
  return text.startsWith(prefix) ? text.slice(prefix.length) : null;
}
