import type { MessageView, Receipt } from '../../../protocol/schemas/message.ts';
import { saySpan, sayTime } from './say-figures.ts';
import type { Terminal } from './terminal.ts';

/** A message with its text and who saw it when. `extra` may add lines under a receipt (what a turn said). */
export function sayMessage(
  terminal: Terminal,
  message: MessageView,
  more: { now: number; extra?: (receipt: Receipt) => string | null },
): void {
  const reply = message.inReplyTo === null ? '' : ` (answers #${message.inReplyTo})`;
  const kind = message.kind === 'note' ? '' : ` [${message.kind}]`;
  const to = message.to === '*' ? 'everyone' : message.to;
  const head = `#${message.id}  ${message.from} → ${to}`;
  terminal.say(
    `${terminal.style('bold', head)}${kind}${reply}  ${terminal.style('dim', sayTime(message.at, more.now))}`,
  );
  terminal.paragraph(message.body, 4);
  for (const receipt of message.receipts) {
    terminal.paragraph(`${markOf(receipt)} ${sayReceipt(receipt, more.now)}`, 2);
    const extra = more.extra?.(receipt);
    if (extra !== null && extra !== undefined && extra !== '') terminal.paragraph(extra, 6);
  }
}

const MARKS: Record<Receipt['state'], string> = { queued: '·', leased: '…', done: '✓', dead: '✗' };

function markOf(receipt: Receipt): string {
  return MARKS[receipt.state];
}

/** Where a message is for one recipient, in plain words. */
export function sayReceipt(receipt: Receipt, now: number): string {
  const again = receipt.attempts > 1 ? `, attempt ${receipt.attempts}` : '';
  const note = receipt.note === null ? '' : ` (${receipt.note})`;
  const after = (at: number) => saySpan(at - receipt.storedAt);
  const who = receipt.recipient;
  switch (receipt.state) {
    case 'queued':
      return receipt.attempts === 0
        ? `${who}: waiting for ${saySpan(now - receipt.storedAt)}`
        : `${who}: put back, waits for its next turn${note}`;
    case 'leased':
      return receipt.inContextAt === null
        ? `${who}: handed to turn ${receipt.turn ?? '?'}${again}, not read yet`
        : `${who}: in the context of turn ${receipt.turn ?? '?'} after ${after(receipt.inContextAt)}${again}`;
    case 'done': {
      if (receipt.turn === null)
        return `${who}: read${receipt.endedAt === null ? '' : ` after ${after(receipt.endedAt)}`}`;
      const seen = receipt.inContextAt === null ? '' : `in context after ${after(receipt.inContextAt)}, `;
      return `${who}: ${seen}turn ${receipt.turn} done${receipt.endedAt === null ? '' : ` after ${after(receipt.endedAt)}`}${again}`;
    }
    case 'dead':
      return `${who}: given up after ${receipt.attempts} ${receipt.attempts === 1 ? 'turn' : 'turns'}${note}`;
  }
}
