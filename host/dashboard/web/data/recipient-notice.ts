import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { styleOf } from './order-fleet.ts';

/** Why an agent will not read a message soon. `until` is the expected end (epoch milliseconds), if known. */
export interface Delay {
  /** The state as text after "is": "stopped", "parked (rate limited)". */
  is: string;
  until: number | null;
  /** The event that ends the delay, as a sentence. */
  endsWhen: string;
}

type Reader = Pick<AgentView, 'state' | 'desired' | 'until' | 'quietUntil'>;

/** Null when the agent reads new mail at its next turn. */
export function decideDelay(agent: Reader, now: number): Delay | null {
  const { state, until } = agent;
  switch (state) {
    case 'stopped':
    case 'stopping':
      // Stopping as part of a restart.
      if (state === 'stopping' && agent.desired === 'running') return null;
      return { is: 'stopped', until: null, endsWhen: 'What you send waits until it is started.' };
    case 'needs_login':
      return { is: 'parked (needs login)', until, endsWhen: 'What you send waits until the provider takes its key.' };
    case 'budget':
      return { is: 'parked (budget used up)', until, endsWhen: 'What you send waits until the budget allows more.' };
    case 'paused':
      return { is: 'paused', until: null, endsWhen: 'What you send waits until you resume it.' };
    case 'stuck':
      return { is: 'parked (stuck)', until: null, endsWhen: 'What you send waits until you resume it.' };
    case 'taken_over':
      return { is: 'taken over', until: null, endsWhen: 'What you send waits until that ends.' };
    case 'rate_limited':
    case 'outage':
    case 'starved':
    case 'backing_off':
    case 'unreachable':
    case 'failed': {
      const is = `parked (${styleOf(state).label.toLowerCase()})`;
      return { is, until, endsWhen: 'What you send waits until it goes on.' };
    }
    default:
      return agent.quietUntil !== null && agent.quietUntil > now
        ? { is: 'not to be disturbed', until: agent.quietUntil, endsWhen: 'Until then only critical mail wakes it.' }
        : null;
  }
}

/** The agents that an address resolves to; none for a topic, whose subscribers the fleet list does not contain. */
export function recipientsOf(to: string, agents: readonly AgentView[]): AgentView[] {
  if (to === '*') return [...agents];
  const role = /^@role:(.*)$/s.exec(to)?.[1]?.toLowerCase();
  return agents.filter((agent) => (role === undefined ? agent.name === to : agent.spec.role.toLowerCase() === role));
}
