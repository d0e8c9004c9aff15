import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { saySince } from '../../output/say-figures.ts';
import { define, examples, given, ifGiven, readNumber } from '../command.ts';
import { readId, readOf } from './read-mail.ts';

const NEWEST = 30;

export function addThreadsCommand(program: Command, context: CliContext): void {
  const threads = program
    .command('threads')
    .description('conversations, the one spoken in last first')
    .option('--of <name>', 'only those of this agent (or "operator")')
    .option('-n, --count <number>', `how many (default ${NEWEST})`)
    .option('--before <id>', "older ones: a thread's LAST, as shown");
  examples(threads, [
    ['hivectl threads', ''],
    ['hivectl threads --of scout -n 100', ''],
  ]);
  define(threads, context, async (terminal, options) => {
    const limit = options['count'] === undefined ? NEWEST : readNumber(options['count'], '--count');
    const before = ifGiven(options['before'], (text) => readId(text, '--before'));
    const of = readOf(options['of']);
    const answer = await context.hive.call('listThreads', { limit, ...given('of', of), ...given('before', before) });
    terminal.print(answer);
    if (answer.threads.length === 0) {
      const whose = of === undefined ? 'Nobody has said anything' : `Nothing was said by or to ${of}`;
      return terminal.say(`${whose} yet. Begin: hivectl send ${of ?? 'manager'} "hello"`);
    }
    const now = context.now();
    terminal.table(
      [
        { title: 'THREAD', align: 'right' },
        { title: 'STATE' },
        { title: 'WHO', shrinkTo: 12 },
        { title: 'MESSAGES', align: 'right' },
        { title: 'OPEN', align: 'right' },
        { title: 'DEAD', align: 'right' },
        { title: 'LAST' },
        { title: 'SUBJECT', shrinkTo: 12 },
      ],
      answer.threads.map((thread) => [
        String(thread.id),
        thread.state,
        thread.participants.join(', '),
        String(thread.messages),
        thread.open === 0 ? '–' : String(thread.open),
        thread.dead === 0 ? '–' : String(thread.dead),
        `#${thread.lastId} ${thread.lastFrom}, ${saySince(thread.lastAt, now)}`,
        thread.subject,
      ]),
    );
    const last = answer.threads.at(-1);
    if (last !== undefined && answer.threads.length === limit)
      terminal.say(`Older ones: hivectl threads --before ${last.lastId}. Read one: hivectl thread ID`);
  });
}
