import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { lookOf } from './order-fleet.ts';

/** Why an agent does not read a message soon. `until` is when that is due to end, where it is known. */
export interface Delay {
  /** Its state as it is said after "is": "stopped", "parked (rate limited)". */
  is: string;
  until: number | null;
  /** What has to happen before it reads. */
  endsWhen: string;
}

type Reader = Pick<AgentView, 'state' | 'desired' | 'until' | 'quietUntil'>;

/** Null when an agent reads what it is sent at its next turn. */
export function decideDelay(agent: Reader, now: number): Delay | null {
  const { state, until } = agent;
  switch (state) {
    case 'stopped':
    case 'stopping':
      // On its way through a restart it is not stopped.
      if (state === 'stopping' && agent.desired === 'running') return null;
      return { is: 'stopped', until: null, endsWhen: 'What you send waits until it is started.' };
    case 'needs_login':
      return { is: 'parked (needs login)', until, endsWhen: 'What you send waits until the provider takes its key.' };
    case 'rate_limited':
    case 'outage':
    case 'starved':
    case 'backing_off':
    case 'unreachable':
    case 'failed': {
      const is = `parked (${lookOf(state).label.toLowerCase()})`;
      return { is, until, endsWhen: 'What you send waits until it goes on.' };
    }
    default:
      return agent.quietUntil !== null && agent.quietUntil > now
        ? { is: 'not to be disturbed', until: agent.quietUntil, endsWhen: 'Until then only critical mail wakes it.' }
        : null;
  }
}

/** The agents that an address stands for, as far as the fleet alone tells: not the subscribers of a topic. */
export function recipientsOf(to: string, agents: readonly AgentView[]): AgentView[] {
  if (to === '*') return [...agents];
  const role = /^@role:(.*)$/s.exec(to)?.[1]?.toLowerCase();
  return agents.filter((agent) => (role === undefined ? agent.name === to : agent.spec.role.toLowerCase() === role));
}
