import type { Command } from 'commander';
import { HiveError } from '../../../../protocol/errors.ts';
import type { CliContext } from '../../context.ts';
import { define, examples, given, ifGiven } from '../command.ts';
import { checkBody, readId, readIds } from './read-mail.ts';
import { readTiming, withTiming } from './read-timing.ts';
import { sayNext } from './say-schedule.ts';

const A_SCHEDULE = "A schedule's number";

/** `hivectl schedule change|pause|resume|cancel`. */
export function addScheduleChanges(schedule: Command, context: CliContext): void {
  addChange(schedule, context);
  addPause(schedule, context, { verb: 'pause', paused: true, description: 'let schedules rest' });
  addPause(schedule, context, { verb: 'resume', paused: false, description: 'let paused schedules go on' });
  addCancel(schedule, context);
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
