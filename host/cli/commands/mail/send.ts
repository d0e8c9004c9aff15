import { type Command, Option } from 'commander';
import { HiveError } from '../../../../protocol/errors.ts';
import type { OpInput } from '../../../../protocol/op.ts';
import type { operatorSurface } from '../../../../protocol/operations/operator.ts';
import {
  priority,
  sendInput,
  type SendOutput,
  sendKind,
  severity,
  type WaitingRecipient,
} from '../../../../protocol/schemas/message.ts';
import type { CliContext } from '../../context.ts';
import { oneLine } from '../../output/clean-text.ts';
import { sayTimeInZone, sayUntil } from '../../output/say-figures.ts';
import type { Terminal } from '../../output/terminal.ts';
import { readDuration } from '../../read-duration.ts';
import { collect, define, examples, given, ifGiven, type Options } from '../command.ts';
import { uploadFiles, checkFiles } from './attach.ts';
import { readBody, readId, readRecipient, sentence } from './read-mail.ts';

const DAYS_30 = 30 * 86_400;
type Fields = Omit<OpInput<(typeof operatorSurface)['send']>, 'to' | 'body' | 'attachments'>;

export function addSendCommand(program: Command, context: CliContext): void {
  const send = program
    .command('send')
    .description('send a message as the operator')
    .argument('TO', 'an agent, "*" (all), "@children", "@role:NAME" or "#topic"; quote what is not a name')
    .argument('[TEXT...]', 'the text; "-" or none reads it from stdin')
    .addOption(new Option('--kind <kind>', 'what it is').choices(sendKind.options))
    .addOption(
      new Option('--priority <priority>', 'high and critical reach a busy agent within its turn').choices(
        priority.options,
      ),
    )
    .option('--ttl <time>', 'worthless after this, e.g. 10m')
    .option('--reply-to <id>', 'the message this answers')
    .option('--choice <text>', 'a possible answer to a question; give it for each', collect)
    .option('--deadline <time>', 'a question closes after this, e.g. 2h')
    .option('--default <text>', "a question's answer if none came by its deadline")
    .addOption(new Option('--severity <level>', 'how bad an escalation is').choices(severity.options))
    .option('--attach <file>', 'a file to send along; give it for each', collect)
    .option('--key <key>', 'sending the same key twice within a day is one message');
  examples(send, [
    ['hivectl send manager "look after the docs"', ''],
    [`hivectl send manager '@send {"to":"scout","body":"hello scout"}'`, 'a line for the demo model'],
    ['git diff | hivectl send reviewer -', 'from stdin'],
    ['hivectl send scout "stop that" --priority high', 'reaches a running turn'],
    ['hivectl send scout "tea?" --kind question --choice yes --choice no', ''],
    ['hivectl send "#docs" "see this" --attach plan.pdf', 'to a topic, with a file'],
    ['hivectl send "*" "going down at noon" --ttl 2h', 'to everyone'],
  ]);
  define(send, context, async (terminal, options, [to, ...words]) => {
    const recipient = readRecipient(to);
    const fields = readFields(options);
    const body = await readBody(context, words, 'hivectl send NAME "…"');
    const paths = (options['attach'] ?? []) as readonly string[];
    checkMessage({ to: recipient, body, ...fields });
    const files = await checkFiles(paths);
    const attachments = files.length === 0 ? undefined : await uploadFiles(context, files);
    const sent = await context.hive
      .call('send', { to: recipient, body, ...fields, ...given('attachments', attachments) })
      .catch((error: unknown) => refuseSend(error, fields));
    terminal.print(sent);
    tellSent(terminal, sent, { question: fields.kind === 'question', now: context.now() });
  });
}

/** Rewords a refusal: the operator has other remedies than an agent. */
function refuseSend(error: unknown, fields: Fields): never {
  if (!(error instanceof HiveError) || error.code !== 'thread_closed') throw error;
  throw new HiveError(
    'thread_closed',
    `That thread is closed. Open it: hivectl thread open ${fields.in_reply_to ?? 'ID'}, or begin a new one without --reply-to.`,
    { cause: error },
  );
}

function tellSent(terminal: Terminal, sent: SendOutput, { question, now }: { question: boolean; now: number }): void {
  if (sent.duplicate) terminal.say(`#${sent.id} was sent before with this key; nothing new was sent.`);
  else if (sent.recipients.length === 0) terminal.say(`#${sent.id} is on its way to nobody: there is no other agent.`);
  else terminal.paragraph(`#${sent.id} is on its way to ${sent.recipients.join(', ')}.`, 0);
  for (const { name, why } of sent.skipped ?? []) terminal.paragraph(`Not to ${name}: ${why}`, 0);
  for (const wait of sent.waiting ?? []) terminal.paragraph(sayWaiting(wait, now), 0);
  if (sent.waiting_more !== undefined) terminal.say(`So are ${sent.waiting_more} more: hivectl ps`);
  if (sent.note !== undefined) terminal.paragraph(sentence(sent.note), 0);
  terminal.say(`Follow it: hivectl thread ${sent.id} -f${question ? '   The answer comes to: hivectl inbox' : ''}`);
}

function sayWaiting({ name, state, until, reason }: WaitingRecipient, now: number): string {
  const end = until === null ? '' : ` until ${sayTimeInZone(until, now)} (${sayUntil(until, now)})`;
  return `${name} is ${state}${end}: ${oneLine(reason)}.`;
}

function readFields(options: Options): Fields {
  const text = (name: string) => ifGiven(options[name], String);
  const seconds = (name: string) =>
    ifGiven(options[name], (typed) => readDuration(typed, { what: `--${name}`, from: 10, to: DAYS_30 }));
  return {
    ...given(
      'kind',
      ifGiven(options['kind'], (kind) => sendKind.parse(kind)),
    ),
    ...given(
      'priority',
      ifGiven(options['priority'], (level) => priority.parse(level)),
    ),
    ...given('ttl_seconds', seconds('ttl')),
    ...given(
      'in_reply_to',
      ifGiven(options['replyTo'], (id) => readId(id, '--reply-to')),
    ),
    ...given('choices', options['choice'] === undefined ? undefined : [...(options['choice'] as readonly string[])]),
    ...given('deadline_seconds', seconds('deadline')),
    ...given('default', text('default')),
    ...given(
      'severity',
      ifGiven(options['severity'], (level) => severity.parse(level)),
    ),
    ...given('key', text('key')),
  };
}

/** The option that sets each field of a message. */
const FLAGS: Readonly<Record<string, string>> = {
  in_reply_to: '--reply-to',
  ttl_seconds: '--ttl',
  choices: '--choice',
  deadline_seconds: '--deadline',
};

/**
 * Refuses a message that every hive would refuse, naming the options of the command line, before anything is uploaded.
 */
function checkMessage(message: OpInput<(typeof operatorSurface)['send']>): void {
  const issue = sendInput.safeParse(message).error?.issues[0];
  if (issue === undefined) return;
  const field = String(issue.path[0] ?? '');
  const flag = FLAGS[field] ?? `--${field}`;
  const words =
    field === 'choices' && issue.code !== 'custom'
      ? 'is given 2 to 10 times, each of 1 to 200 characters'
      : issue.message.replaceAll(/\b[a-z]+_[a-z_]+\b/g, (name) => FLAGS[name] ?? name);
  const missing = field === 'in_reply_to' ? sentence(`${words}: add --reply-to ID`) : `${flag} ${words}.`;
  throw new HiveError('invalid_input', missing);
}
