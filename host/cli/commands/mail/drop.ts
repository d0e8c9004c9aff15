import type { Command } from 'commander';
import { confirm } from '../../ask.ts';
import type { CliContext } from '../../context.ts';
import { define, examples } from '../command.ts';
import { readChosen } from './read-chosen.ts';

export function addDropCommand(program: Command, context: CliContext): void {
  const drop = program
    .command('drop')
    .description('withdraw messages that are dead or still wait')
    .argument('[DELIVERY...]', 'by their numbers, as "hivectl dead" and "hivectl receipts" show them')
    .option('--agent <name>', 'all that are dead for this agent')
    .option('--all', 'all that are dead')
    .option('-y, --yes', 'do not ask');
  examples(drop, [
    ['hivectl drop 17 18', 'these two'],
    ['hivectl drop --all', 'everything dead; asks first'],
  ]);
  define(drop, context, async (terminal, options, args) => {
    const chosen = readChosen(options, args);
    if (chosen.all === true && options['yes'] !== true) await confirmAll(context);
    const answer = await context.hive.call('drop', chosen);
    terminal.print(answer);
    terminal.say(
      answer.dropped === 0 ? 'Nothing was dead.' : `${answer.dropped} dropped. Their text stays in their threads.`,
    );
  });
}

/** Asks only where there is somebody to ask and something to drop. */
async function confirmAll(context: CliContext): Promise<void> {
  const total = context.io.stdin.isTTY === true ? (await context.hive.call('listDead', { limit: 1 })).total : 1;
  if (total > 0) await confirm(context, `Drop all ${total} dead messages?`);
}
