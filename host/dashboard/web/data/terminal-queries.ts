import { useQuery } from '@tanstack/react-query';
import type { AgentName } from '../../../../protocol/names.ts';
import { callHive } from './api.ts';

/** The open terminals of an agent. */
export function useTerminals(agent: AgentName) {
  return useQuery({
    queryKey: ['terminals', agent],
    queryFn: ({ signal }) => callHive('listTerminals', { agent }, signal),
  });
}

/** A terminal that this tab of the browser shows; without a key, it watches. */
export interface ShownTerminal {
  readonly id: string;
  readonly key?: string;
}

const placeOf = (agent: AgentName) => `hive-terminal-${agent}`;

/** The terminal that this tab showed last of an agent, also before the page was loaded again. */
export function recallTerminal(agent: AgentName): ShownTerminal | null {
  try {
    const { id, key } = JSON.parse(sessionStorage.getItem(placeOf(agent)) ?? 'null') as Record<string, unknown>;
    if (typeof id !== 'string') return null;
    return typeof key === 'string' ? { id, key } : { id };
  } catch {
    return null;
  }
}

export function rememberTerminal(agent: AgentName, terminal: ShownTerminal | null): void {
  if (terminal === null) sessionStorage.removeItem(placeOf(agent));
  else sessionStorage.setItem(placeOf(agent), JSON.stringify(terminal));
}
