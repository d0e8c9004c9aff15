import { type Command, Option } from 'commander';
import { HiveError } from '../../../../protocol/errors.ts';
import { priority } from '../../../../protocol/schemas/message.ts';
import { misfire, scheduleAction, type ScheduleView } from '../../../../protocol/schemas/reminder.ts';
import type { CliContext } from '../../context.ts';
import { sayAgo, sayTime, sayUntil } from '../../output/say-figures.ts';
import type { Terminal } from '../../output/terminal.ts';
import { readDuration } from '../../read-duration.ts';
import { define, examples, given, ifGiven, type Options } from '../command.ts';
import { checkBody, readBody, readId, readIds, readOf, readRecipient } from './read-mail.ts';

const YEAR_S = 31_536_000;
const A_SCHEDULE = "A schedule's number";

export function addScheduleCommands(program: Command, context: CliContext): void {
  const zone = localZone();
  const schedule = withTiming(
    program
      .command('schedule')
      .description('say something to an agent again and again')
      .enablePositionalOptions()
      .argument('AGENT', 'whom; also "operator", "*", "#topic" …, as for send')
      .argument('[TEXT...]', 'the text; "-" or none reads it from stdin'),
    `the cron line's time zone (default: this machine's, ${zone})`,
  )
    .addOption(
      new Option(
        '--action <action>',
        'message; wake; task: as work to do; start: after starting a stopped agent',
      ).choices(scheduleAction.options),
    )
    .addOption(new Option('--priority <priority>', 'as for send').choices(priority.options));
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
      time_zone: zone,
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
    });
    terminal.print(answer);
    sayNext(terminal, answer.schedule, context.now());
  });
  addList(schedule, context);
  addChange(schedule, context);
  addPause(schedule, context, { verb: 'pause', paused: true, description: 'let schedules rest' });
  addPause(schedule, context, { verb: 'resume', paused: false, description: 'let paused schedules go on' });
  addCancel(schedule, context);
}

/** What says when, for a new schedule as for one that is changed. */
function withTiming(command: Command, zoneHelp: string): Command {
  return command
    .option('--cron <line>', 'minute hour day month weekday; with seconds in front if there are six')
    .option('--tz <zone>', zoneHelp)
    .addOption(
      new Option('--misfire <what>', 'runs missed while the hive was down: none, one for all (default), all').choices(
        misfire.options,
      ),
    )
    .option('--window <time>', 'with --misfire all: none older than this (default 1d)')
    .option('--jitter <time>', 'up to so much later, to spread load');
}

function readTiming(options: Options) {
  return {
    ...given('cron', ifGiven(options['cron'], String)),
    ...given('time_zone', ifGiven(options['tz'], String)),
    ...given(
      'misfire',
      ifGiven(options['misfire'], (text) => misfire.parse(text)),
    ),
    ...given(
      'window_seconds',
      ifGiven(options['window'], (text) => readDuration(text, { what: '--window', from: 60, to: YEAR_S })),
    ),
    ...given(
      'jitter_seconds',
      ifGiven(options['jitter'], (text) => readDuration(text, { what: '--jitter', from: 0, to: 3_600 })),
    ),
  };
}

function addList(schedule: Command, context: CliContext): void {
  const list = schedule
    .command('list')
    .description('schedules, the next one due first')
    .option('--of <name>', 'only of or for this agent (or "operator")');
  examples(list, [['hivectl schedule list --of scout', '']]);
  define(list, context, async (terminal, options) => {
    const of = readOf(options['of']);
    const answer = await context.hive.call('listSchedules', given('of', of));
    terminal.print(answer);
    if (answer.schedules.length === 0)
      return terminal.say(
        `There are no schedules${of === undefined ? '' : ` of or for ${of}`}. Make one: hivectl schedule ${of ?? 'manager'} "…" --cron "0 9 * * 1-5"`,
      );
    const now = context.now();
    terminal.table(
      [
        { title: 'ID', align: 'right' },
        { title: 'FOR' },
        { title: 'SET BY' },
        { title: 'DOES' },
        { title: 'CRON' },
        { title: 'ZONE', shrinkTo: 6 },
        { title: 'NEXT RUN' },
        { title: 'LAST' },
        { title: 'RUNS', align: 'right' },
        { title: 'MISSED', align: 'right' },
        { title: 'TEXT', shrinkTo: 10 },
      ],
      answer.schedules.map((each) => [
        String(each.id),
        each.to,
        each.owner,
        each.action,
        each.cron,
        each.timeZone,
        describeNext(each, now),
        each.lastAt === null ? 'never' : `${sayAgo(each.lastAt, now)} ago`,
        String(each.fired),
        String(each.skipped),
        each.body.slice(0, 500),
      ]),
    );
    for (const { id, trouble } of answer.schedules)
      if (trouble !== null) terminal.paragraph(`Schedule ${id} could not be carried out last time: ${trouble}`, 0);
  });
}

function addChange(schedule: Command, context: CliContext): void {
  const change = withTiming(
    schedule.command('change').description('change a schedule').argument('ID', 'as "hivectl schedule list" shows it'),
    'another time zone for the cron line',
  ).option('--text <text>', 'another text');
  examples(change, [['hivectl schedule change 2 --cron "0 8 * * *" --tz Europe/Berlin', '']]);
  define(change, context, async (terminal, options, [text]) => {
    const id = readId(text, A_SCHEDULE);
    const changes = { ...readTiming(options), ...given('body', ifGiven(options['text'], checkBody)) };
    if (Object.keys(changes).length === 0)
      throw new HiveError(
        'invalid_input',
        'Say what to change: --cron, --tz, --text, --misfire, --window or --jitter.',
      );
    const answer = await context.hive.call('changeSchedule', { id, ...changes });
    terminal.print(answer);
    sayNext(terminal, answer.schedule, context.now());
  });
}

function addPause(
  schedule: Command,
  context: CliContext,
  action: { verb: string; paused: boolean; description: string },
): void {
  const { verb, paused, description } = action;
  const command = schedule.command(verb).description(description).argument('ID...', 'one or several');
  examples(command, [[`hivectl schedule ${verb} 2`, '']]);
  define(command, context, async (terminal, _options, args) => {
    for (const id of readIds(args, A_SCHEDULE)) {
      const answer = await context.hive.call('changeSchedule', { id, paused });
      terminal.print(answer);
      sayNext(terminal, answer.schedule, context.now());
    }
  });
}

function addCancel(schedule: Command, context: CliContext): void {
  const cancel = schedule.command('cancel').description('remove schedules').argument('ID...', 'one or several');
  examples(cancel, [['hivectl schedule cancel 2', '']]);
  define(cancel, context, async (terminal, _options, args) => {
    for (const id of readIds(args, A_SCHEDULE)) {
      const answer = await context.hive.call('cancelSchedule', { id });
      terminal.print(answer);
      terminal.say(`Schedule ${id} is removed.`);
    }
  });
}

function sayNext(terminal: Terminal, schedule: ScheduleView, now: number): void {
  const { id, cron, timeZone, to } = schedule;
  terminal.say(
    `Schedule ${id} for ${to}, "${cron}" (${timeZone}): ${schedule.paused || schedule.nextAt === null ? '' : 'next run at '}${describeNext(schedule, now)}.`,
  );
}

/** The next run in local time and from now. */
function describeNext({ paused, nextAt }: ScheduleView, now: number): string {
  if (paused) return 'paused';
  return nextAt === null ? 'never again' : `${sayTime(nextAt, now)} (${sayUntil(nextAt, now)})`;
}

function localZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
