import type { Command } from 'commander';
import { HiveError } from '../../../../protocol/errors.ts';
import type { ReminderView } from '../../../../protocol/schemas/reminder.ts';
import { cutText } from '../../../../system/text/cut-text.ts';
import type { CliContext } from '../../context.ts';
import { saySince, sayTimeInZone, sayUntil } from '../../output/say-figures.ts';
import { readDuration } from '../../read-duration.ts';
import { readTime } from '../../read-time.ts';
import { define, examples, given, ifGiven, type Options, readCount } from '../command.ts';
import { defineList } from '../list.ts';
import { checkBody, readBody, readId, readIds, readOf, readPerson } from './read-mail.ts';

const YEAR_S = 31_536_000;
const FIRST = 100;
const A_REMINDER = "A reminder's number";

const STATES = ['standing', 'fired', 'cancelled'] as const;

export function addReminderCommands(program: Command, context: CliContext): void {
  const remind = program
    .command('remind')
    .description('have an agent (or yourself) reminded later')
    .enablePositionalOptions()
    .argument('AGENT', 'whom; "operator" is you')
    .argument('[TEXT...]', 'what of; "-" or none reads it from stdin')
    .option('--in <time>', 'after this time, e.g. 10m')
    .option('--at <time>', 'at this time, e.g. 2027-01-31T09:00 (local) or with Z')
    .option('--key <key>', 'the same key twice within a day sets one reminder');
  examples(remind, [
    ['hivectl remind scout "look at the build again" --in 10m', ''],
    ['hivectl remind operator "demo!" --at 2027-01-31T09:00', 'local time'],
    ['hivectl remind list', 'list pending reminders'],
    ['hivectl remind change 3 --in 1h', 'later'],
  ]);
  define(remind, context, async (terminal, options, [to, ...words]) => {
    const time = readDue(options);
    if (time === null) throw new HiveError('invalid_input', 'Say when: either --in 10m or --at 2027-01-31T09:00.');
    const person = readPerson(to);
    const body = await readBody(context, words, 'hivectl remind NAME "…" --in 10m');
    const answer = await context.hive.call('createReminder', {
      to: person,
      body,
      ...time,
      ...given('key', ifGiven(options['key'], String)),
    });
    terminal.print(answer);
    const { id, dueAt } = answer.reminder;
    if (answer.duplicate)
      return terminal.say(`Reminder ${id} was set before with this key; nothing new was set. See hivectl remind list.`);
    terminal.say(
      `Reminder ${id}: ${person} is reminded at ${sayDue(dueAt, context.now())}. Take it back: hivectl remind cancel ${id}`,
    );
  });
  addList(remind, context);
  addChange(remind, context);
  addCancel(remind, context);
}

function addList(remind: Command, context: CliContext): void {
  const list = remind
    .command('list')
    .description('reminders, the next one due first')
    .option('--of <name>', 'set by or for this agent (or "operator")')
    .option('--state <state>', `${STATES.join(', ')} (default standing)`)
    .option('-n, --count <number>', `how many (default ${FIRST})`);
  examples(list, [
    ['hivectl remind list', ''],
    ['hivectl remind list --of scout --state fired', ''],
  ]);
  defineList(list, context, {
    read: (options) => ({
      ...given('of', readOf(options['of'])),
      ...given('state', ifGiven(options['state'], readState)),
      limit: readCount(options, FIRST),
    }),
    ask: (query) => context.hive.call('listReminders', query),
    items: (answer) => answer.reminders,
    columns: [
      { title: 'ID', align: 'right', value: ({ id }) => String(id) },
      { title: 'FOR', value: ({ to }) => to },
      { title: 'SET BY', value: ({ owner }) => owner },
      { title: 'DUE', value: describeDue },
      { title: 'TEXT', shrinkTo: 12, value: ({ body }) => cutText(body, 500).text },
    ],
    empty: ({ of, state = 'standing' }) => {
      const whose = of === undefined ? '' : ` set by or for ${of}`;
      const none = state === 'standing' ? `No reminder${whose} stands` : `No reminder${whose} was ${state}`;
      return `${none}. Set one: hivectl remind ${of ?? 'manager'} "…" --in 10m`;
    },
    below: (terminal, { standing, reminders }, { state = 'standing' }) => {
      const rest = standing - reminders.length;
      if (rest > 0 && state === 'standing') terminal.say(`${rest} more: hivectl remind list -n ${standing}`);
    },
  });
}

function addChange(remind: Command, context: CliContext): void {
  const change = remind
    .command('change')
    .description("change a standing reminder's time or text")
    .argument('ID', 'as "hivectl remind list" shows it')
    .option('--in <time>', 'after this time from now')
    .option('--at <time>', 'at this time')
    .option('--text <text>', 'another text');
  examples(change, [['hivectl remind change 3 --in 1h --text "now really"', '']]);
  define(change, context, async (terminal, options, [text]) => {
    const id = readId(text, A_REMINDER);
    const body = ifGiven(options['text'], checkBody);
    const time = readDue(options);
    if (time === null && body === undefined)
      throw new HiveError('invalid_input', 'Say what to change: --in or --at, --text, or both.');
    const answer = await context.hive.call('changeReminder', { id, ...given('body', body), ...time });
    terminal.print(answer);
    terminal.say(
      `Reminder ${id}: ${answer.reminder.to} is reminded at ${sayDue(answer.reminder.dueAt, context.now())}.`,
    );
  });
}

function addCancel(remind: Command, context: CliContext): void {
  const cancel = remind.command('cancel').description('take reminders back').argument('ID...', 'one or several');
  examples(cancel, [['hivectl remind cancel 3', '']]);
  define(cancel, context, async (terminal, _options, args) => {
    for (const id of readIds(args, A_REMINDER)) {
      const answer = await context.hive.call('cancelReminder', { id });
      terminal.print(answer);
      terminal.say(`Reminder ${id} for ${answer.reminder.to} is cancelled.`);
    }
  });
}

/** The due time, from --in or --at; null when neither was given. */
function readDue(options: Options): { in_seconds: number } | { at: string } | null {
  const after = ifGiven(options['in'], (text) => readDuration(text, { what: '--in', from: 1, to: YEAR_S }));
  const at = ifGiven(options['at'], (text) => readTime(text, '--at'));
  if (after !== undefined && at !== undefined) throw new HiveError('invalid_input', 'Give either --in or --at.');
  if (after !== undefined) return { in_seconds: after };
  return at === undefined ? null : { at };
}

function readState(text: string): (typeof STATES)[number] {
  const state = STATES.find((each) => each === text);
  if (state !== undefined) return state;
  throw new HiveError('invalid_input', `--state is ${STATES.join(', ')}, not "${text}".`);
}

function sayDue(at: number, now: number): string {
  return `${sayTimeInZone(at, now)} (${sayUntil(at, now)})`;
}

function describeDue(reminder: ReminderView, now: number): string {
  const { dueAt, state, message } = reminder;
  if (state === 'standing') return sayDue(dueAt, now);
  const became = message === null ? '' : ` as #${message}`;
  return `${sayTimeInZone(dueAt, now)} (${dueAt <= now ? saySince(dueAt, now) : sayUntil(dueAt, now)}), ${state}${became}`;
}
