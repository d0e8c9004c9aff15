import type { Command } from 'commander';
import type { OpOutput } from '../../../../protocol/op.ts';
import type { operatorMail } from '../../../../protocol/operations/operator-mail.ts';
import { cutText } from '../../../../system/text/cut-text.ts';
import type { CliContext } from '../../context.ts';
import { saySince } from '../../output/say-figures.ts';
import type { Terminal } from '../../output/terminal.ts';
import { define, examples, given, ifGiven, readName, readNumber } from '../command.ts';
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
        receipt?.endedAt == null ? '?' : saySince(receipt.endedAt, now),
        String(receipt?.attempts ?? '?'),
        receipt?.note ?? '',
        cutText(message.body, 500).text,
      ];
    }),
  );
}
