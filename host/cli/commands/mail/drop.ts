import type { Command } from 'commander';
import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import { confirm } from '../../ask.ts';
import type { CliContext } from '../../context.ts';
import { define, examples, given } from '../command.ts';
import { readChosen } from './read-chosen.ts';

export function addDropCommand(program: Command, context: CliContext): void {
  const drop = program
    .command('drop')
    .description('withdraw messages that are dead or still wait')
    .argument('[DELIVERY...]', 'by their numbers, as "hivectl dead" and "hivectl receipts" show them')
    .option('--agent <name>', 'all that are dead for this agent')
    .option('--waiting', 'with --agent: what still waits for it, too; asks first')
    .option('--all', 'all that are dead')
    .option('-y, --yes', 'do not ask');
  examples(drop, [
    ['hivectl drop 17 18', 'these two'],
    ['hivectl drop --agent scout --waiting', "clears scout's mailbox; asks first"],
    ['hivectl drop --all', 'everything dead; asks first'],
  ]);
  define(drop, context, async (terminal, options, args) => {
    const chosen = readChosen(options, args);
    const waiting = options['waiting'] === true;
    if (waiting && chosen.agent === undefined)
      throw new HiveError('invalid_input', '--waiting goes with --agent NAME: it clears that mailbox.');
    const asks = options['yes'] !== true;
    if (chosen.all === true && asks) await confirmAll(context);
    if (chosen.agent !== undefined && waiting && asks) await confirmWaiting(context, chosen.agent);
    const answer = await context.hive.call('drop', {
      ...chosen,
      ...given('waiting', waiting ? (true as const) : undefined),
    });
    terminal.print(answer);
    terminal.say(
      answer.dropped === 0
        ? `Nothing was dead${waiting ? ' or waiting' : ''}.${options['agent'] === undefined || waiting ? '' : ' What still waits is withdrawn with --waiting.'}`
        : `${answer.dropped} dropped. Their text stays in their threads.`,
    );
  });
}

async function confirmWaiting(context: CliContext, name: AgentName): Promise<void> {
  const { agent } = await context.hive.call('getAgent', { name });
  if (agent.queued + agent.dead > 0)
    await confirm(context, `Drop the ${agent.queued} waiting and ${agent.dead} dead messages of ${name}?`);
}

/** Asks only on a terminal and when there is something to drop. */
async function confirmAll(context: CliContext): Promise<void> {
  const total = context.io.stdin.isTTY === true ? (await context.hive.call('listDead', { limit: 1 })).total : 1;
  if (total > 0) await confirm(context, `Drop all ${total} dead messages?`);
}
