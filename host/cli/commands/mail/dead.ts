import type { Command } from 'commander';
import { HiveError } from '../../../../protocol/errors.ts';
import type { OpOutput } from '../../../../protocol/op.ts';
import type { operatorMail } from '../../../../protocol/operations/operator-mail.ts';
import { confirm } from '../../ask.ts';
import type { CliContext } from '../../context.ts';
import { editText, needTerminal } from '../../edit-text.ts';
import { sayAgo } from '../../output/say-figures.ts';
import type { Terminal } from '../../output/terminal.ts';
import { define, examples, given, ifGiven, type Options, readName, readNumber } from '../command.ts';
import { checkBody, readId, readIds } from './read-mail.ts';

type Dead = OpOutput<(typeof operatorMail)['listDead']>['dead'][number];

const NEWEST = 50;
const A_DELIVERY = "A delivery's number";

export function addDeadCommands(program: Command, context: CliContext): void {
  addDead(program, context);
  addRequeue(program, context);
  addDrop(program, context);
}

function addDead(program: Command, context: CliContext): void {
  const dead = program
    .command('dead')
    .description('messages that were given up after too many failed turns')
    .argument('[AGENT]', 'only those for this agent')
    .option('-n, --count <number>', `how many, newest first (default ${NEWEST})`)
    .option('--before <delivery>', 'older ones');
  examples(dead, [
    ['hivectl dead', ''],
    ['hivectl dead scout', 'for scout'],
    ['hivectl requeue 17', 'delivery 17 is tried again'],
  ]);
  define(dead, context, async (terminal, options, [name]) => {
    const agent = ifGiven(name, readName);
    const limit = options['count'] === undefined ? NEWEST : readNumber(options['count'], '--count');
    const before = ifGiven(options['before'], (text) => readId(text, '--before'));
    const answer = await context.hive.call('listDead', { limit, ...given('agent', agent), ...given('before', before) });
    terminal.print(answer);
    if (answer.dead.length === 0)
      return terminal.say(
        `No message${agent === undefined ? '' : ` for ${agent}`} was given up${before === undefined ? '' : ' before that'}. Nothing to do.`,
      );
    sayDead(terminal, answer.dead, context.now());
    const rest = answer.total - answer.dead.length;
    if (rest > 0 && before === undefined)
      terminal.say(`${rest} more: hivectl dead --before ${answer.dead.at(-1)?.delivery ?? ''}`);
    terminal.say(
      'Try again: hivectl requeue DELIVERY, with another text: hivectl requeue DELIVERY --edit. Give up: hivectl drop DELIVERY',
    );
  });
}

function sayDead(terminal: Terminal, dead: readonly Dead[], now: number): void {
  terminal.table(
    [
      { title: 'DELIVERY', align: 'right' },
      { title: 'TO' },
      { title: 'MESSAGE' },
      { title: 'DIED' },
      { title: 'TURNS', align: 'right' },
      { title: 'WHY', shrinkTo: 12 },
      { title: 'TEXT', shrinkTo: 12 },
    ],
    dead.map(({ delivery, recipient, message }) => {
      const receipt = message.receipts.find((each) => each.delivery === delivery);
      return [
        String(delivery),
        recipient,
        `#${message.id} from ${message.from}`,
        receipt?.endedAt == null ? '?' : `${sayAgo(receipt.endedAt, now)} ago`,
        String(receipt?.attempts ?? '?'),
        receipt?.note ?? '',
        message.body.slice(0, 500),
      ];
    }),
  );
}

function addRequeue(program: Command, context: CliContext): void {
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

function addDrop(program: Command, context: CliContext): void {
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

async function confirmAll(context: CliContext): Promise<void> {
  const total = context.io.stdin.isTTY === true ? (await context.hive.call('listDead', { limit: 1 })).total : 0;
  await confirm(context, `Drop all ${total} dead messages?`);
}

/** Which deliveries: by number, of an agent, or all; exactly one of the three. */
function readChosen(options: Options, args: readonly string[]) {
  const deliveries = readIds(args, A_DELIVERY);
  const agent = ifGiven(options['agent'], readName);
  const all = options['all'] === true;
  if ([deliveries.length > 0, agent !== undefined, all].filter(Boolean).length !== 1)
    throw new HiveError(
      'invalid_input',
      'Give either numbers of deliveries, as "hivectl dead" shows them, or --agent NAME, or --all.',
    );
  return {
    ...given('deliveries', deliveries.length > 0 ? deliveries : undefined),
    ...given('agent', agent),
    ...given('all', all ? (true as const) : undefined),
  };
}

/** The text that one delivery is sent again with, if another was asked for. */
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

async function findDead(context: CliContext, delivery: number): Promise<Dead> {
  // `before` takes the next number, so the newest before it is the one asked for, if that is dead.
  const { dead } = await context.hive.call('listDead', { before: delivery + 1, limit: 1 });
  const found = dead.find((each) => each.delivery === delivery);
  if (found === undefined) throw new HiveError('wrong_state', `Delivery ${delivery} is not dead. See: hivectl dead`);
  return found;
}
