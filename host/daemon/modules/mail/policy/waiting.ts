import type { WaitingRecipient } from '../../../../../protocol/schemas/message.ts';

/** What keeps an agent's box from taking mail though it is to run; `until` is when it is tried again. */
export interface BoxTrouble {
  state: 'failed' | 'unreachable';
  until: number | null;
}

/** Why an agent will not read a message now: null when it will. `until` is null when nothing says how long. Times are epoch ms. */
export function decideWait(
  agent: { desired: string; notBefore: number | null; quietUntil: number | null; trouble: BoxTrouble | null },
  message: { critical: boolean; now: number },
): Pick<WaitingRecipient, 'state' | 'until'> | null {
  const { desired, notBefore, quietUntil, trouble } = agent;
  const { critical, now } = message;
  if (desired !== 'running') return { state: 'stopped', until: null };
  if (trouble !== null) return trouble;
  const parked = notBefore !== null && notBefore > now;
  const quiet = !critical && quietUntil !== null && quietUntil > now;
  // What holds longer is what the sender has to reckon with.
  if (parked && (!quiet || notBefore >= quietUntil)) return { state: 'parked', until: notBefore };
  return quiet ? { state: 'quiet', until: quietUntil } : null;
}
