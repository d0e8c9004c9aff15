import {
  holdOf,
  reasonOf,
  type ReceiptFormat,
  type ReceiptStep,
  sayReceiptStage,
  traceReceipt,
} from '../../../protocol/receipt-words.ts';
import type { Receipt } from '../../../protocol/schemas/message.ts';
import { oneLine } from './clean-text.ts';
import { sayAhead, saySpan, sayTime, sayUntil } from './say-figures.ts';
import type { Terminal } from './terminal.ts';

/** The delivery's stage for one recipient, as one line of plain text. */
export function sayReceipt(receipt: Receipt, now: number): string {
  const reason = reasonOf(receipt);
  const format: ReceiptFormat = {
    reached: (at, storedAt) => `after ${saySpan(at - storedAt)}`,
    since: (at) => `for ${saySpan(now - at)}`,
    until: (at) => `for ${sayAhead(at, now)} more`,
    untilReleased: UNTIL_RELEASED,
  };
  return `${sayWho(receipt)}: ${sayReceiptStage(receipt, format)}${reason === null ? '' : ` (${reason})`}`;
}

const UNTIL_RELEASED = 'until you let it go on';

function sayWho({ recipient, copy }: Receipt): string {
  return `${recipient}${copy ? ' (copy)' : ''}`;
}

/**
 * Every completed step of a delivery in order, the current one with its reason and the end of its wait; not the steps
 * still to come.
 */
export function listSteps(receipt: Receipt): Pick<ReceiptStep, 'words' | 'at'>[] {
  const steps = traceReceipt(receipt).filter(({ tone }) => tone !== 'next');
  const hold = holdOf(receipt);
  const reason = reasonOf(receipt);
  return [
    ...steps.map(({ words, at }, index) => {
      const isLast = index === steps.length - 1;
      const until = isLast && hold === 'released' ? ` ${UNTIL_RELEASED}` : '';
      return { words: `${words}${until}${isLast && reason !== null ? `: ${reason}` : ''}`, at };
    }),
    ...(typeof hold === 'number' ? [{ words: 'goes on', at: hold }] : []),
    ...(receipt.state === 'queued' && receipt.expiresAt !== null ? [{ words: 'expires', at: receipt.expiresAt }] : []),
  ];
}

/** A full receipt: a line for the recipient, then one for each step with its time and the time since it was stored. */
export function sayReceiptSteps(terminal: Terminal, receipt: Receipt, now: number): void {
  const about = `delivery ${receipt.delivery}${receipt.attempts > 1 ? `, attempt ${receipt.attempts}` : ''}`;
  terminal.say(`  ${terminal.style('bold', sayWho(receipt))}  ${terminal.style('dim', about)}`);
  for (const { words, at } of listSteps(receipt)) {
    const time = at === null ? '–' : sayTime(at, now);
    const after =
      at === null || at === receipt.storedAt ? '' : at > now ? sayUntil(at, now) : `+${saySpan(at - receipt.storedAt)}`;
    terminal.say(`    ${terminal.style('dim', time.padEnd(8))}  ${after.padStart(8)}  ${oneLine(words)}`);
  }
}
