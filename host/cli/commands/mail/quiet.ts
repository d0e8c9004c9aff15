import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { sayTimeInZone, sayUntil } from '../../output/say-figures.ts';
import { readDuration } from '../../read-duration.ts';
import { define, examples, readName } from '../command.ts';

const WEEK_S = 7 * 86_400;

export function addQuietCommand(program: Command, context: CliContext): void {
  const quiet = program
    .command('quiet')
    .description('do not disturb: until then only critical mail wakes the agent')
    .argument('AGENT', 'the agent')
    .argument('TIME', 'for so long, e.g. 30m; "off" ends it');
  examples(quiet, [
    ['hivectl quiet scout 30m', 'the rest of its mail waits'],
    ['hivectl quiet scout off', 'it is woken again'],
  ]);
  define(quiet, context, async (terminal, _options, [agent, time]) => {
    const name = readName(agent);
    const seconds =
      time === 'off' ? 0 : readDuration(time ?? '', { what: 'A quiet time (or "off")', from: 1, to: WEEK_S });
    const answer = await context.hive.call('setQuiet', { name, minutes: seconds / 60 });
    terminal.print(answer);
    if (answer.until === null) terminal.say(`${name} is woken by every message again.`);
    else
      terminal.say(
        `${name} is woken by critical mail only until ${sayTimeInZone(answer.until, context.now())} (${sayUntil(answer.until, context.now())}). End it: hivectl quiet ${name} off`,
      );
  });
}
