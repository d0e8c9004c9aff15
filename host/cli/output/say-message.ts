import prettyBytes from 'pretty-bytes';
import type { MessageView, Receipt } from '../../../protocol/schemas/message.ts';
import { oneLine } from './clean-text.ts';
import { sayTime, sayTimeInZone, sayUntil } from './say-figures.ts';
import { sayReceipt } from './say-receipt.ts';
import type { Terminal } from './terminal.ts';

/** Prints a message with its text, its further fields and its receipts. `extra` may add lines under a receipt. */
export function sayMessage(
  terminal: Terminal,
  message: MessageView,
  more: { now: number; extra?: (receipt: Receipt) => string | null },
): void {
  terminal.say(
    `${terminal.style('bold', sayHead(message))}${sayTags(message)}  ${terminal.style('dim', sayTime(message.at, more.now))}`,
  );
  terminal.paragraph(message.body, 4);
  for (const line of describeData(message, more.now)) terminal.paragraph(line, 4);
  for (const receipt of message.receipts) {
    terminal.paragraph(`${MARKS[receipt.state]} ${sayReceipt(receipt, more.now)}`, 2);
    const extra = more.extra?.(receipt);
    if (extra !== null && extra !== undefined && extra !== '') terminal.paragraph(extra, 6);
  }
}

/** A message's number, sender and recipient. */
export function sayHead(message: Pick<MessageView, 'id' | 'from' | 'to'>): string {
  return `#${message.id}  ${message.from} → ${message.to === '*' ? 'everyone' : message.to}`;
}

function sayTags(message: MessageView): string {
  const { kind, priority, data } = message;
  const tags = [
    kind === 'note' ? null : kind,
    data.severity ?? null,
    priority === null || priority === 'normal' ? null : `${priority} priority`,
  ].filter((tag) => tag !== null);
  const reply = message.inReplyTo === null ? '' : ` (answers #${message.inReplyTo})`;
  return `${tags.length === 0 ? '' : ` [${tags.join(', ')}]`}${reply}`;
}

/** The fields of a message beside its text, one a line. */
export function describeData(message: Pick<MessageView, 'id' | 'data'>, now: number): string[] {
  const { data } = message;
  const lines: string[] = [];
  if (data.choices !== undefined) lines.push(sayChoices(data.choices));
  if (data.deadline !== undefined) lines.push(sayDeadline(data.deadline, data.default ?? null, now));
  else if (data.default !== undefined) lines.push(`default: ${oneLine(data.default)}`);
  for (const { name, bytes } of data.attachments ?? [])
    lines.push(`attached: ${oneLine(name)} (${prettyBytes(bytes)}); fetch it: hivectl download ${message.id}`);
  if (data.meantFor !== undefined) lines.push(`meant for ${data.meantFor}`);
  if (data.editedFrom !== undefined) lines.push(`sent again for #${data.editedFrom}, with another text`);
  return lines;
}

/** Numbered choices, as `hivectl answer` accepts them. */
export function sayChoices(choices: readonly string[]): string {
  return choices.map((choice, index) => `${index + 1}) ${oneLine(choice)}`).join('   ');
}

export function sayDeadline(deadline: number, fallback: string | null, now: number): string {
  const then = fallback === null ? 'then it closes' : `then the answer is "${oneLine(fallback)}"`;
  return deadline > now
    ? `until ${sayTimeInZone(deadline, now)} (${sayUntil(deadline, now)}), ${then}`
    : `its time was over at ${sayTimeInZone(deadline, now)}`;
}

const MARKS: Record<Receipt['state'], string> = {
  queued: '·',
  leased: '…',
  done: '✓',
  dead: '✗',
  expired: '✗',
  withdrawn: '–',
};
