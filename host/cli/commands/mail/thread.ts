import type { Command } from 'commander';
import { HiveError } from '../../../../protocol/errors.ts';
import type { CliContext } from '../../context.ts';
import { followEvents } from '../../follow-events.ts';
import { define, type Options, examples, given, ifGiven, readCount } from '../command.ts';
import { readId, readOf } from './read-mail.ts';
import { createThreadPrinter, type Thread } from './thread-printer.ts';

/** The kinds of events after which a followed thread is fetched again. */
const KINDS = 'message.sent,delivery.*,thread.*,turn.finished';
const NEWEST_THREADS = 5;
const NEWEST_MESSAGES = 200;

export function addThreadCommand(program: Command, context: CliContext): void {
  const thread = program
    .command('thread')
    .description('a conversation with receipts: who has a message in context, who is done with it')
    .argument('[ID]', 'any message of the thread; without it, the newest threads')
    .enablePositionalOptions()
    .option('--of <name>', 'only threads of this agent (or "operator")')
    .option(
      '-n, --count <number>',
      `how many messages (default ${NEWEST_MESSAGES}); without ID, how many threads (default ${NEWEST_THREADS})`,
    )
    .option('--before <id>', 'with ID: only messages before this one')
    .option('--receipts', 'every step of every message with its time')
    .option('-f, --follow', 'go on with what comes');
  examples(thread, [
    ['hivectl thread', `the ${NEWEST_THREADS} newest threads`],
    ['hivectl thread 42 -f', 'one, as it goes on'],
    ['hivectl thread 42 --receipts', 'when was what read, by whom'],
    ['hivectl thread close 42', 'no more replies'],
  ]);
  define(thread, context, async (terminal, options, [id]) => {
    if (id === undefined && options['before'] !== undefined)
      throw new HiveError('invalid_input', '--before goes with the ID of a thread.');
    const load = id === undefined ? () => loadNewest(context, options) : () => loadOne(context, id, options);
    const show = createThreadPrinter(context, terminal, options['receipts'] === true);
    // Read before the first query, so that no event between the two is missed.
    const after = options['follow'] === true ? (await context.hive.call('status', {})).lastSeq : 0;
    const threads = await load();
    if (threads.length === 0) terminal.say('Nobody has said anything yet. Begin: hivectl send manager "hello"');
    await show(threads);
    if (options['follow'] !== true) return terminal.print(id === undefined ? { threads } : threads[0]);
    for (const each of threads) terminal.print(each);
    for await (const _ of followEvents(context, { after, kinds: KINDS }, (line) => terminal.note(line))) {
      const changed = await show(await load());
      for (const each of changed) terminal.print(each);
    }
  });
  addStateCommand(thread, context, 'close');
  addStateCommand(thread, context, 'open');
}

const STATES = {
  close: { state: 'closed', description: 'refuse replies to a thread', done: 'closed: replies are refused' },
  open: {
    state: 'open',
    description: 'take replies again; a paused thread goes on',
    done: 'open: its messages go on',
  },
} as const;

function addStateCommand(thread: Command, context: CliContext, verb: 'close' | 'open'): void {
  const { state, description, done } = STATES[verb];
  const command = thread.command(verb).description(description).argument('ID', 'any message of the thread');
  examples(command, [[`hivectl thread ${verb} 42`, '']]);
  define(command, context, async (terminal, _options, [id]) => {
    const answer = await context.hive.call('setThread', { id: readId(id, "A message's number"), state });
    terminal.print(answer);
    terminal.say(`Thread ${answer.thread.id} is ${done}.`);
  });
}

async function loadOne(context: CliContext, id: string, options: Options): Promise<Thread[]> {
  const limit = readCount(options, NEWEST_MESSAGES);
  const before = ifGiven(options['before'], (text) => readId(text, '--before'));
  const query = { id: readId(id, "A message's number"), limit, ...given('before', before) };
  return [await context.hive.call('getThread', query)];
}

async function loadNewest(context: CliContext, options: Options): Promise<Thread[]> {
  const limit = readCount(options, NEWEST_THREADS);
  const { threads } = await context.hive.call('listThreads', { ...given('of', readOf(options['of'])), limit });
  // The newest comes last, next to the prompt.
  return Promise.all(threads.toReversed().map((each) => context.hive.call('getThread', { id: each.id })));
}
