import type { TurnOffer } from '../../protocol/schemas/harness.ts';
import type { Delivered } from '../../protocol/schemas/message.ts';

/** The text of a turn: what woke the agent, each message as labelled data of its sender's. */
export function composePrompt(offer: TurnOffer): string {
  const { deliveries, waiting } = offer;
  const lines = [`You were woken by ${deliveries.length === 1 ? 'a message' : `${deliveries.length} messages`}.`];
  if (waiting > 0) lines.push(waitingHint(waiting));
  return [...lines, ...hintsFor(deliveries), '', ...deliveries.map(showMessage)].join('\n');
}

/** What `recv` answers. */
export function describeFetched(messages: readonly Delivered[], waiting: number): string {
  if (messages.length === 0) return 'No further messages.';
  const lines = [...hintsFor(messages), ...messages.map(showMessage)];
  if (waiting > 0) lines.push(waitingHint(waiting));
  return lines.join('\n');
}

function waitingHint(waiting: number): string {
  return `(${waiting} more ${waiting === 1 ? 'waits' : 'wait'}: call recv when you want ${waiting === 1 ? 'it' : 'them'}, or leave it for a later turn.)`;
}

function hintsFor(messages: readonly Delivered[]): string[] {
  const hints: string[] = [];
  if (messages.some((message) => message.broadcast))
    hints.push('(broadcast="true" went to every agent: it may need nothing from you.)');
  if (messages.some((message) => message.redelivered))
    hints.push(
      '(redelivered="true" was in an earlier turn that did not finish: parts may have been done already. Check before you repeat anything.)',
    );
  return hints;
}

function showMessage(message: Delivered): string {
  const attributes = [
    `id="${message.id}"`,
    `thread="${message.thread}"`,
    ...(message.inReplyTo === null ? [] : [`in_reply_to="${message.inReplyTo}"`]),
    `from="${message.from}"`,
    `kind="${message.kind}"`,
    `at="${new Date(message.at).toISOString()}"`,
    ...(message.broadcast ? ['broadcast="true"'] : []),
    ...(message.redelivered ? ['redelivered="true"'] : []),
  ];
  return `<message ${attributes.join(' ')}>\n${defuse(message.body)}\n</message>`;
}

/** A body must not be able to end its own block or to look like another one. */
function defuse(body: string): string {
  return body.replaceAll(/<(?=\s*\/?\s*message\b)/gi, '&lt;');
}
