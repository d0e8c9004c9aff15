import type { Command } from 'commander';
import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATOR } from '../../../../protocol/names.ts';
import { EVENT_DATA } from '../../../../protocol/schemas/event.ts';
import type { MessageView } from '../../../../protocol/schemas/message.ts';
import type { CliContext } from '../../context.ts';
import { followEvents } from '../../follow-events.ts';
import { sayMessage } from '../../output/say-message.ts';
import type { Terminal } from '../../output/terminal.ts';
import { define, examples } from '../command.ts';
import { readIds } from './read-mail.ts';

/** Number of messages marked as read in one call. */
const READ_AT_ONCE = 1_000;

export function addInboxCommand(program: Command, context: CliContext): void {
  const inbox = program
    .command('inbox')
    .description('what agents wrote to you and you have not read')
    .enablePositionalOptions()
    .option('--read', 'mark what is shown as read')
    .option('-f, --follow', 'go on with what comes');
  examples(inbox, [
    ['hivectl inbox --read', 'read them'],
    ['hivectl inbox -f', 'keep watching'],
    ['hivectl inbox read 12 13', 'these are read'],
  ]);
  define(inbox, context, (terminal, options) =>
    showInbox(context, terminal, { read: options['read'] === true, follow: options['follow'] === true }),
  );

  const read = inbox
    .command('read')
    .description('mark messages as read')
    .argument('[ID...]', 'messages, by their numbers')
    .option('--all', 'every message that is unread now');
  examples(read, [
    ['hivectl inbox read 12 13', 'these two'],
    ['hivectl inbox read --all', 'all of them'],
  ]);
  define(read, context, async (terminal, options, args) => {
    const ids = readIds(args, "A message's number");
    if (ids.length > 0 === (options['all'] === true))
      throw new HiveError('invalid_input', 'Give either the numbers of messages or --all.');
    const marked = ids.length > 0 ? (await context.hive.call('markRead', { ids })).read : await readAll(context);
    terminal.print({ read: marked });
    if (marked > 0) terminal.say(`${marked} marked as read.`);
    else terminal.say(ids.length > 0 ? 'None of these was unread.' : 'Nothing was unread.');
  });
}

/** Marks the messages that are unread now, and none that arrive meanwhile. */
async function readAll(context: CliContext): Promise<number> {
  let marked = 0;
  let left = Number.POSITIVE_INFINITY;
  while (left > 0) {
    const { messages, unread } = await context.hive.call('inbox', { limit: READ_AT_ONCE });
    left = Math.min(left, unread);
    const ids = messages.slice(0, left).map(({ id }) => id);
    if (ids.length === 0) break;
    const { read } = await context.hive.call('markRead', { ids });
    marked += read;
    left -= ids.length;
  }
  return marked;
}

async function showInbox(
  context: CliContext,
  terminal: Terminal,
  options: { read: boolean; follow: boolean },
): Promise<void> {
  // Read before the first query, so that no event between the two is missed.
  const after = options.follow ? (await context.hive.call('status', {})).lastSeq : 0;
  const box = await context.hive.call('inbox', {});
  const show = async (messages: readonly MessageView[]) => {
    sayMail(terminal, messages, context.now());
    if (options.read && messages.length > 0)
      await context.hive.call('markRead', { ids: messages.map((message) => message.id) });
  };
  await show(box.messages);
  if (!options.follow) {
    terminal.print(box);
    if (box.messages.length === 0) terminal.say('Nothing unread. Write to an agent: hivectl send NAME "…"');
    else sayRest(terminal, box, options.read);
    return;
  }
  for (const message of box.messages) terminal.print(message);
  if (box.messages.length === 0) terminal.say('Nothing yet; waiting …');
  const shown = new Set(box.messages.map(({ id }) => id));
  for await (const event of followEvents(context, { after, kinds: 'message.sent' }, (line) => terminal.note(line))) {
    const sent = EVENT_DATA['message.sent'].safeParse(event.data).data;
    if (sent === undefined || !sent.recipients.includes(OPERATOR) || shown.has(sent.id)) continue;
    const { message } = await context.hive.call('getMessage', { id: sent.id });
    await show([message]);
    terminal.print(message);
  }
}

function sayRest(terminal: Terminal, box: { messages: readonly MessageView[]; unread: number }, read: boolean): void {
  const more = box.unread - box.messages.length;
  if (read) {
    if (more > 0) terminal.say(`${more} more are unread: hivectl inbox --read`);
    return;
  }
  const shown = more > 0 ? `, the oldest ${box.messages.length} of them shown` : '';
  terminal.say(
    `${box.unread} unread${shown}. Mark them as read: hivectl inbox --read. Write back: hivectl send NAME "…" --reply-to ID`,
  );
}

function sayMail(terminal: Terminal, messages: readonly MessageView[], now: number): void {
  for (const message of messages) {
    sayMessage(terminal, { ...message, receipts: [] }, { now });
    if (message.kind === 'question')
      terminal.say(`    ${terminal.style('yellow', 'wants an answer:')} hivectl answer ${message.id}`);
    terminal.say();
  }
}
