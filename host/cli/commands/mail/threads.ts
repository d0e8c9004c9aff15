import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { saySince } from '../../output/say-figures.ts';
import { examples, given, ifGiven, readCount } from '../command.ts';
import { defineList } from '../list.ts';
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
  defineList(threads, context, {
    read: (options) => ({
      limit: readCount(options, NEWEST),
      ...given('of', readOf(options['of'])),
      ...given(
        'before',
        ifGiven(options['before'], (text) => readId(text, '--before')),
      ),
    }),
    ask: (query) => context.hive.call('listThreads', query),
    items: (answer) => answer.threads,
    columns: [
      { title: 'THREAD', align: 'right', value: ({ id }) => String(id) },
      { title: 'STATE', value: ({ state }) => state },
      { title: 'WHO', shrinkTo: 12, value: ({ participants }) => participants.join(', ') },
      { title: 'MESSAGES', align: 'right', value: ({ messages }) => String(messages) },
      { title: 'OPEN', align: 'right', value: ({ open }) => (open === 0 ? '–' : String(open)) },
      { title: 'DEAD', align: 'right', value: ({ dead }) => (dead === 0 ? '–' : String(dead)) },
      {
        title: 'LAST',
        value: ({ lastId, lastFrom, lastAt }, now) => `#${lastId} ${lastFrom}, ${saySince(lastAt, now)}`,
      },
      { title: 'SUBJECT', shrinkTo: 12, value: ({ subject }) => subject },
    ],
    empty: ({ of }) => {
      const whose = of === undefined ? 'Nobody has said anything' : `Nothing was said by or to ${of}`;
      return `${whose} yet. Begin: hivectl send ${of ?? 'manager'} "hello"`;
    },
    below: (terminal, answer, { limit }) => {
      const last = answer.threads.at(-1);
      if (last !== undefined && answer.threads.length === limit)
        terminal.say(`Older ones: hivectl threads --before ${last.lastId}. Read one: hivectl thread ID`);
    },
  });
}
