import { OPERATOR } from '../../../protocol/names.ts';
import type { Receipt } from '../../../protocol/schemas/message.ts';
import { oneLine } from './clean-text.ts';
import { saySpan, sayTime, sayUntil } from './say-figures.ts';
import type { Terminal } from './terminal.ts';

/** Where a message is for one recipient, in one line of plain words. */
export function sayReceipt(receipt: Receipt, now: number): string {
  const who = `${receipt.recipient}${receipt.copy ? ' (copy)' : ''}`;
  return `${who}: ${describeState(receipt, now)}`;
}

function describeState(receipt: Receipt, now: number): string {
  const again = receipt.attempts > 1 ? `, attempt ${receipt.attempts}` : '';
  const note = receipt.note === null ? '' : ` (${receipt.note})`;
  const after = (at: number) => saySpan(at - receipt.storedAt);
  const ended = receipt.endedAt === null ? '' : ` after ${after(receipt.endedAt)}`;
  switch (receipt.state) {
    case 'queued':
      return `${describeWait(receipt, now)}${note}`;
    case 'leased':
      return receipt.inContextAt === null
        ? `handed to turn ${receipt.turn ?? '?'}${again}, not read yet`
        : `in the context of turn ${receipt.turn ?? '?'} after ${after(receipt.inContextAt)}${again}`;
    case 'done': {
      if (receipt.turn === null) return `read${ended}`;
      const seen = receipt.inContextAt === null ? '' : `in context after ${after(receipt.inContextAt)}, `;
      return `${seen}turn ${receipt.turn} done${ended}${again}`;
    }
    case 'dead':
      return `given up after ${receipt.attempts} ${receipt.attempts === 1 ? 'turn' : 'turns'}${note}`;
    case 'expired':
      return `expired unread${ended}${note}`;
    case 'withdrawn':
      return `withdrawn${ended}${note}`;
  }
}

function describeWait(receipt: Receipt, now: number): string {
  const { heldUntil, wokenAt } = receipt;
  if (heldUntil !== null && heldUntil > now)
    return isFarOff(heldUntil, now) ? 'held until you let it go on' : `held, goes on ${sayUntil(heldUntil, now)}`;
  if (receipt.attempts > 0) return 'put back, waits for its next turn';
  const waits = `waiting for ${saySpan(now - receipt.storedAt)}`;
  return wokenAt === null || receipt.recipient === OPERATOR ? waits : `${waits}, woken`;
}

/** No delay of the hive's own lasts a year: a paused thread's mail waits for the operator. */
function isFarOff(at: number, now: number): boolean {
  return at - now > 365 * 86_400_000;
}

/** One step of a delivery: what happened, when (null: no time is kept of it), and how long after it was stored. */
export interface Step {
  readonly what: string;
  readonly at: number | null;
}

/** Every step that a delivery took, in order: stored → woken → leased → in context → handled, or what else became of it. */
export function listSteps(receipt: Receipt): Step[] {
  const turn = receipt.turn === null ? '' : ` to turn ${receipt.turn}`;
  const attempt = receipt.attempts > 1 ? `, attempt ${receipt.attempts}` : '';
  const note = receipt.note === null ? '' : `: ${receipt.note}`;
  const steps: Step[] = [{ what: 'stored', at: receipt.storedAt }];
  if (receipt.wokenAt !== null) steps.push({ what: 'woken', at: receipt.wokenAt });
  if (receipt.leasedAt !== null) steps.push({ what: `leased${turn}${attempt}`, at: receipt.leasedAt });
  if (receipt.inContextAt !== null) steps.push({ what: 'in context', at: receipt.inContextAt });
  if (receipt.state === 'queued') {
    if (receipt.attempts > 0) steps.push({ what: `released${note}`, at: null });
    else if (receipt.note !== null) steps.push({ what: `waits${note}`, at: null });
    if (receipt.heldUntil !== null) steps.push({ what: 'held until', at: receipt.heldUntil });
    if (receipt.expiresAt !== null) steps.push({ what: 'expires', at: receipt.expiresAt });
  } else if (receipt.state !== 'leased') {
    steps.push({ what: ENDS[receipt.state](receipt) + (receipt.state === 'done' ? '' : note), at: receipt.endedAt });
  }
  return steps;
}

const ENDS: Record<Exclude<Receipt['state'], 'queued' | 'leased'>, (receipt: Receipt) => string> = {
  done: (receipt) => (receipt.turn === null ? 'read' : 'handled (turn done)'),
  dead: (receipt) => `dead after ${receipt.attempts} ${receipt.attempts === 1 ? 'turn' : 'turns'}`,
  expired: () => 'expired',
  withdrawn: () => 'withdrawn',
};

/** A receipt in full: a line for the recipient, then one for each step with its time and the time since it was stored. */
export function sayReceiptSteps(terminal: Terminal, receipt: Receipt, now: number): void {
  const who = `${receipt.recipient}${receipt.copy ? ' (copy)' : ''}`;
  terminal.say(`  ${terminal.style('bold', who)}  ${terminal.style('dim', `delivery ${receipt.delivery}`)}`);
  for (const { what, at } of listSteps(receipt)) {
    const time = at === null ? '–' : sayTime(at, now);
    const after =
      at === null || at === receipt.storedAt ? '' : at > now ? sayUntil(at, now) : `+${saySpan(at - receipt.storedAt)}`;
    terminal.say(`    ${terminal.style('dim', time.padEnd(8))}  ${after.padStart(8)}  ${oneLine(what)}`);
  }
}
