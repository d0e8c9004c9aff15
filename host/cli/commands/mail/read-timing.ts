import { type Command, Option } from 'commander';
import { misfire } from '../../../../protocol/schemas/reminder.ts';
import { readDuration } from '../../read-duration.ts';
import { given, ifGiven, type Options } from '../command.ts';

const YEAR_S = 31_536_000;

/** Adds the options for the timing of a schedule, for a new one and for a change. */
export function withTiming(command: Command, zoneHelp: string): Command {
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

export function readTiming(options: Options) {
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
