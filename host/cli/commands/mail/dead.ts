import type { Command } from 'commander';
import type { OpOutput } from '../../../../protocol/op.ts';
import type { operatorMail } from '../../../../protocol/operations/operator-mail.ts';
import type { Receipt } from '../../../../protocol/schemas/message.ts';
import { cutText } from '../../../../system/text/cut-text.ts';
import type { CliContext } from '../../context.ts';
import { saySince } from '../../output/say-figures.ts';
import type { ItemColumn } from '../../output/say-table.ts';
import { examples, given, ifGiven, readCount, readName } from '../command.ts';
import { defineList } from '../list.ts';
import { readId } from './read-mail.ts';

type Dead = OpOutput<(typeof operatorMail)['listDead']>['dead'][number];

const NEWEST = 50;

export function addDeadCommand(program: Command, context: CliContext): void {
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
  defineList(dead, context, {
    read: (options, [name]) => ({
      limit: readCount(options, NEWEST),
      ...given('agent', ifGiven(name, readName)),
      ...given(
        'before',
        ifGiven(options['before'], (text) => readId(text, '--before')),
      ),
    }),
    ask: (query) => context.hive.call('listDead', query),
    items: (answer) => answer.dead,
    columns: DEAD_COLUMNS,
    empty: ({ agent, before }) =>
      `No message${agent === undefined ? '' : ` for ${agent}`} was given up${before === undefined ? '' : ' before that'}. Nothing to do.`,
    below: (terminal, answer, { before }) => {
      const rest = answer.total - answer.dead.length;
      if (rest > 0 && before === undefined)
        terminal.say(`${rest} more: hivectl dead --before ${answer.dead.at(-1)?.delivery ?? ''}`);
      terminal.say(
        'Try again: hivectl requeue DELIVERY, with another text: hivectl requeue DELIVERY --edit. Give up: hivectl drop DELIVERY',
      );
    },
  });
}

const DEAD_COLUMNS: readonly ItemColumn<Dead>[] = [
  { title: 'DELIVERY', align: 'right', value: ({ delivery }) => String(delivery) },
  { title: 'TO', value: ({ recipient }) => recipient },
  { title: 'MESSAGE', value: ({ message }) => `#${message.id} from ${message.from}` },
  {
    title: 'DIED',
    value: (dead, now) => {
      const { endedAt = null } = receiptOf(dead) ?? {};
      return endedAt === null ? '?' : saySince(endedAt, now);
    },
  },
  { title: 'TURNS', align: 'right', value: (dead) => String(receiptOf(dead)?.attempts ?? '?') },
  { title: 'WHY', shrinkTo: 12, value: (dead) => receiptOf(dead)?.note ?? '' },
  { title: 'TEXT', shrinkTo: 12, value: ({ message }) => cutText(message.body, 500).text },
];

function receiptOf({ delivery, message }: Dead): Receipt | undefined {
  return message.receipts.find((each) => each.delivery === delivery);
}
