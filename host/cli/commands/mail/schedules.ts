import { type Command, Option } from 'commander';
import { HiveError } from '../../../../protocol/errors.ts';
import { priority } from '../../../../protocol/schemas/message.ts';
import { scheduleAction } from '../../../../protocol/schemas/reminder.ts';
import { cutText } from '../../../../system/text/cut-text.ts';
import { readTimeZone } from '../../../../system/time-zone.ts';
import type { CliContext } from '../../context.ts';
import { define, examples, given, ifGiven } from '../command.ts';
import { defineList } from '../list.ts';
import { addScheduleChanges } from './change-schedules.ts';
import { readBody, readOf, readRecipient } from './read-mail.ts';
import { readTiming, withTiming } from './read-timing.ts';
import { describeNext, describeRuns, sayNext } from './say-schedule.ts';

export function addScheduleCommands(program: Command, context: CliContext): void {
  const schedule = withTiming(
    program
      .command('schedule')
      .description('say something to an agent again and again')
      .enablePositionalOptions()
      .argument('AGENT', 'whom; also "operator", "*", "#topic" …, as for send')
      .argument('[TEXT...]', 'the text; "-" or none reads it from stdin'),
    "the cron line's time zone (default: this machine's)",
  )
    .addOption(
      new Option(
        '--action <action>',
        'message; wake; task: as work to do; start: after starting a stopped agent',
      ).choices(scheduleAction.options),
    )
    .addOption(new Option('--priority <priority>', 'as for send').choices(priority.options))
    .option('--key <key>', 'the same key twice within a day makes one schedule');
  examples(schedule, [
    ['hivectl schedule scout "read the news" --cron "0 9 * * 1-5"', 'at 9 on weekdays'],
    ['hivectl schedule scout "tidy up" --cron "*/30 * * * *" --jitter 5m', 'every half hour, about'],
    ['hivectl schedule list', 'with the next run of each'],
    ['hivectl schedule pause 2', ''],
  ]);
  define(schedule, context, async (terminal, options, [to, ...words]) => {
    const timing = readTiming(options);
    if (timing.cron === undefined)
      throw new HiveError('invalid_input', 'Say when: --cron "0 9 * * 1-5" is 9 o\'clock on weekdays.');
    const recipient = readRecipient(to);
    const body = await readBody(context, words, 'hivectl schedule NAME "…" --cron "0 9 * * 1-5"');
    const answer = await context.hive.call('createSchedule', {
      time_zone: readTimeZone(context.settings.childEnv['TZ']),
      ...timing,
      cron: timing.cron,
      to: recipient,
      body,
      ...given(
        'action',
        ifGiven(options['action'], (action) => scheduleAction.parse(action)),
      ),
      ...given(
        'priority',
        ifGiven(options['priority'], (level) => priority.parse(level)),
      ),
      ...given('key', ifGiven(options['key'], String)),
    });
    terminal.print(answer);
    if (answer.duplicate)
      terminal.say(`Schedule ${answer.schedule.id} was made before with this key; nothing new was made.`);
    sayNext(terminal, answer.schedule, context.now());
  });
  addList(schedule, context);
  addScheduleChanges(schedule, context);
}

function addList(schedule: Command, context: CliContext): void {
  const list = schedule
    .command('list')
    .description('schedules, the next one due first')
    .option('--of <name>', 'only of or for this agent (or "operator")');
  examples(list, [['hivectl schedule list --of scout', '']]);
  defineList(list, context, {
    read: (options) => given('of', readOf(options['of'])),
    ask: (query) => context.hive.call('listSchedules', query),
    items: ({ schedules }) => schedules,
    columns: [
      { title: 'ID', align: 'right', value: ({ id }) => String(id) },
      { title: 'FOR', value: ({ to }) => to },
      { title: 'SET BY', value: ({ owner }) => owner },
      { title: 'DOES', value: ({ action }) => action },
      { title: 'WHEN', shrinkTo: 11, value: ({ cron, timeZone }) => `${cron} ${timeZone}` },
      { title: 'NEXT RUN', value: describeNext },
      { title: 'RUNS', shrinkTo: 4, value: describeRuns },
      { title: 'TEXT', shrinkTo: 8, value: ({ body }) => cutText(body, 500).text },
    ],
    empty: ({ of }) =>
      `There are no schedules${of === undefined ? '' : ` of or for ${of}`}. Make one: hivectl schedule ${of ?? 'manager'} "…" --cron "0 9 * * 1-5"`,
    below: (terminal, { schedules }) => {
      for (const { id, trouble } of schedules)
        if (trouble !== null) terminal.paragraph(`Schedule ${id} could not be carried out last time: ${trouble}`, 0);
    },
  });
}
