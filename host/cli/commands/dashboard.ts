import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { sayUntil } from '../output/say-figures.ts';
import { define, examples } from './command.ts';

export function addDashboardCommand(program: Command, context: CliContext): void {
  const dashboard = program.command('dashboard').description('the page in the browser');
  const link = dashboard.command('link').description('a sign-in link that works once');
  examples(link, [['hivectl dashboard link', 'open what it prints']]);
  define(link, context, async (terminal) => {
    const answer = await context.hive.call('makeLink', {});
    terminal.print(answer);
    terminal.say(answer.url);
    terminal.say(`It works once, and ends ${sayUntil(answer.expiresAt, context.now())}.`);
  });
}
