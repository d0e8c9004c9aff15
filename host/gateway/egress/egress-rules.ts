import type { EgressCaller, EgressRule } from '../../../protocol/egress.ts';
import { createWakeups } from '../../../system/pause.ts';

/** Each agent's rules, as hived sent them last. */
export interface EgressRules {
  /** Replaces the rules of all agents. */
  set(agents: readonly { name: EgressCaller; rules: readonly EgressRule[] }[]): void;
  /** The rules that still stand; null before hived's first word. */
  of(agent: EgressCaller): readonly EgressRule[] | null;
  /** A rule allowed a connection: one that stands for one connection ends. */
  use(rule: EgressRule): void;
  /** Resolves at the next change, after `ms`, or when the signal fires. Never rejects. */
  changed(ms: number, signal: AbortSignal): Promise<void>;
  /** Called after each change by hived; returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void;
}

export function createEgressRules(): EgressRules {
  let known: ReadonlyMap<EgressCaller, readonly EgressRule[]> | null = null;
  /** Rules for one connection that are used and that hived still sends. */
  let used = new Set<number>();
  const listeners = new Set<() => void>();
  const wakeups = createWakeups();
  return {
    set(agents) {
      known = new Map(agents.map(({ name, rules }) => [name, rules]));
      const sent = new Set(agents.flatMap(({ rules }) => rules.map(({ id }) => id)));
      used = new Set([...used].filter((id) => sent.has(id)));
      for (const listener of listeners) listener();
      wakeups.wake();
    },
    of: (agent) => (known === null ? null : (known.get(agent) ?? []).filter(({ id }) => !used.has(id))),
    use(rule) {
      if (rule.once) used.add(rule.id);
    },
    changed: wakeups.wait,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
