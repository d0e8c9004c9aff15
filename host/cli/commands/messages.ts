import type { Command } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import { recipientName } from '../../../protocol/names.ts';
import { MAX_BODY_BYTES, messageBody, type MessageView } from '../../../protocol/schemas/message.ts';
import type { CliContext } from '../context.ts';
import { followEvents } from '../follow-events.ts';
import { sayMessage } from '../output/say-message.ts';
import type { Terminal } from '../output/terminal.ts';
import { readStdin } from '../read-stdin.ts';
import { define, examples, readNumber } from './command.ts';

export function addMessageCommands(program: Command, context: CliContext): void {
  const send = program
    .command('send')
    .description('send a message as the operator')
    .argument('NAME', 'an agent, or "*" for all of them')
    .argument('TEXT...', 'the text, or "-" to read it from stdin')
    .option('--reply-to <id>', 'the message this answers')
    .option('--key <key>', 'sending the same key twice is one message');
  examples(send, [
    ['hivectl send manager "look after the docs"', ''],
    [`hivectl send manager '@send {"to":"scout","body":"hello scout"}'`, 'a line for the demo model'],
    ['git diff | hivectl send reviewer -', 'from stdin'],
    ['hivectl send "*" "going down at noon"', 'to everyone'],
  ]);
  define(send, context, async (terminal, options, [to, ...words]) => {
    const recipient = readRecipient(to);
    const fromStdin = words.length === 1 && words[0] === '-';
    const body = readBody(fromStdin ? await readStdin(context, MAX_BODY_BYTES) : words.join(' '));
    const sent = await context.hive.call('send', {
      to: recipient,
      body,
      ...(options['replyTo'] === undefined ? {} : { in_reply_to: readNumber(options['replyTo'], '--reply-to') }),
      ...(options['key'] === undefined ? {} : { key: String(options['key']) }),
    });
    terminal.print(sent);
    if (sent.duplicate) terminal.say(`#${sent.id} was sent before with this key; nothing new was sent.`);
    else
      terminal.say(`#${sent.id} is on its way to ${sent.recipients.join(', ') || 'nobody: there is no other agent'}.`);
    terminal.say(`Follow it: hivectl thread ${sent.id} -f`);
  });

  const inbox = program
    .command('inbox')
    .description('what agents wrote to you and you have not read')
    .option('--read', 'mark what is shown as read')
    .option('-f, --follow', 'go on with what comes');
  examples(inbox, [
    ['hivectl inbox --read', 'read them'],
    ['hivectl inbox -f', 'keep watching'],
  ]);
  define(inbox, context, (terminal, options) =>
    showInbox(context, terminal, { read: options['read'] === true, follow: options['follow'] === true }),
  );
}

async function showInbox(
  context: CliContext,
  terminal: Terminal,
  options: { read: boolean; follow: boolean },
): Promise<void> {
  // Taken before the first look, so that nothing falls between the two.
  const after = options.follow ? (await context.hive.call('status', {})).lastSeq : 0;
  const shown = new Set<number>();
  const showNew = async () => {
    const box = await context.hive.call('inbox', {});
    const fresh = box.messages.filter((message) => !shown.has(message.id));
    for (const message of fresh) shown.add(message.id);
    sayMail(terminal, fresh, context.now());
    if (options.read && fresh.length > 0)
      await context.hive.call('markRead', { ids: fresh.map((message) => message.id) });
    return { box, fresh };
  };
  const { box, fresh } = await showNew();
  if (options.follow) for (const message of fresh) terminal.print(message);
  else terminal.print(box);
  if (fresh.length === 0)
    terminal.say(
      options.follow ? 'Nothing yet; waiting …' : 'Nothing unread. Write to an agent: hivectl send NAME "…"',
    );
  else if (!options.read && !options.follow)
    terminal.say(
      `${box.unread} unread. Mark them as read: hivectl inbox --read. Answer one: hivectl send NAME "…" --reply-to ID`,
    );
  if (!options.follow) return;
  for await (const _ of followEvents(context, { after, kinds: 'message.sent' }, (line) => terminal.note(line)))
    for (const message of (await showNew()).fresh) terminal.print(message);
}

function sayMail(terminal: Terminal, messages: readonly MessageView[], now: number): void {
  for (const message of messages) {
    sayMessage(terminal, { ...message, receipts: [] }, { now });
    terminal.say();
  }
}

function readRecipient(text: string | undefined) {
  const parsed = recipientName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new HiveError(
    'invalid_name',
    `"${text ?? ''}" cannot be a recipient. One is an agent's name (lower-case letters, digits and "-"), or "*" for all of them.`,
  );
}

/** Checked here already, so that a bad message is refused alike whether a hive runs or not. */
function readBody(text: string): string {
  const parsed = messageBody.safeParse(text);
  if (parsed.success) return parsed.data;
  const tooLarge = Buffer.byteLength(text) > MAX_BODY_BYTES;
  throw new HiveError(
    tooLarge ? 'message_too_large' : 'invalid_input',
    sentence(parsed.error.issues[0]?.message ?? 'the message does not fit'),
  );
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
