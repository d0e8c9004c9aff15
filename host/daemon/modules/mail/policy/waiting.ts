import type { WaitingRecipient } from '../../../../../protocol/schemas/message.ts';

/**
 * Why the box of an agent that should run cannot take mail; `until` is the time of the next attempt to start
 * it.
 */
export interface BoxTrouble {
  state: 'failed' | 'unreachable';
  until: number | null;
}

/**
 * Why an agent will not read a message now; null when it will. `until` is null when the end is unknown. Times
 * are epoch ms.
 */
export function decideWait(
  agent: { desired: string; notBefore: number | null; quietUntil: number | null; held: 0 | 1 },
  at: { trouble: BoxTrouble | null; critical: boolean; now: number },
): Pick<WaitingRecipient, 'state' | 'until'> | null {
  const { desired, notBefore, quietUntil } = agent;
  const { trouble, critical, now } = at;
  if (desired !== 'running') return { state: 'stopped', until: null };
  if (trouble !== null) return trouble;
  if (agent.held === 1) return { state: 'held', until: null };
  const parked = notBefore !== null && notBefore > now;
  const quiet = !critical && quietUntil !== null && quietUntil > now;
  // Of two reasons, report the longer one, because the sender has to wait for both.
  if (parked && (!quiet || notBefore >= quietUntil)) return { state: 'parked', until: notBefore };
  return quiet ? { state: 'quiet', until: quietUntil } : null;
}
