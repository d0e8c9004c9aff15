import type { Command } from 'commander';
import { HiveError } from '../../../../protocol/errors.ts';
import type { CliContext } from '../../context.ts';
import { editText, needTerminal } from '../../edit-text.ts';
import { define, examples, given, ifGiven, type Options } from '../command.ts';
import { readChosen } from './read-chosen.ts';
import { checkBody } from './read-mail.ts';

export function addRequeueCommand(program: Command, context: CliContext): void {
  const requeue = program
    .command('requeue')
    .description('try dead messages again, their failures forgotten')
    .argument('[DELIVERY...]', 'by their numbers, as "hivectl dead" shows them')
    .option('--agent <name>', 'all that are dead for this agent')
    .option('--all', 'all that are dead')
    .option('--edit', 'change the text of one in $EDITOR before it is sent again')
    .option('--body <text>', 'send one again with this text instead');
  examples(requeue, [
    ['hivectl requeue 17', 'delivery 17'],
    ['hivectl requeue 17 --edit', 'with another text'],
    ['hivectl requeue --agent scout', 'everything dead of scout'],
  ]);
  define(requeue, context, async (terminal, options, args) => {
    const chosen = readChosen(options, args);
    const body = await readOtherText(context, options, chosen.deliveries);
    const answer = await context.hive.call('requeue', { ...chosen, ...given('body', body) });
    terminal.print(answer);
    if (answer.message !== null)
      terminal.say(
        `Sent again with the other text as #${answer.message}. Follow it: hivectl thread ${answer.message} -f`,
      );
    else
      terminal.say(answer.requeued === 0 ? 'Nothing was dead.' : `${answer.requeued} put back; they are tried again.`);
  });
}

/** The new text for one delivery, if one was requested. */
async function readOtherText(
  context: CliContext,
  options: Options,
  deliveries: readonly number[] | undefined,
): Promise<string | undefined> {
  const edit = options['edit'] === true;
  const body = ifGiven(options['body'], checkBody);
  if (!edit && body === undefined) return undefined;
  if (edit && body !== undefined) throw new HiveError('invalid_input', 'Give either --edit or --body.');
  const [delivery, ...others] = deliveries ?? [];
  if (delivery === undefined || others.length > 0)
    throw new HiveError('invalid_input', 'Another text can be given to one delivery only, by its number.');
  if (body !== undefined) return body;
  needTerminal(context);
  const before = (await findDead(context, delivery)).message.body;
  const after = checkBody(await editText(context, before));
  if (after === before)
    throw new HiveError(
      'interrupted',
      'The text is as it was; nothing was sent. To try it again as it is: hivectl requeue without --edit.',
    );
  return after;
}

async function findDead(context: CliContext, delivery: number): Promise<{ message: { body: string } }> {
  // `before` is exclusive: the newest dead delivery before the next id is the requested one, if that is dead.
  const { dead } = await context.hive.call('listDead', { before: delivery + 1, limit: 1 });
  const found = dead.find((each) => each.delivery === delivery);
  if (found === undefined) throw new HiveError('wrong_state', `Delivery ${delivery} is not dead. See: hivectl dead`);
  return found;
}
