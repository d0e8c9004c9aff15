import type { Command } from 'commander';
import { HiveError } from '../../../../protocol/errors.ts';
import type { OpOutput } from '../../../../protocol/op.ts';
import type { operatorSurface, turnView } from '../../../../protocol/operations/operator.ts';
import { agentName } from '../../../../protocol/names.ts';
import type { MessageView, Receipt } from '../../../../protocol/schemas/message.ts';
import type { z } from 'zod';
import type { CliContext } from '../../context.ts';
import { followEvents } from '../../follow-events.ts';
import { oneLine } from '../../output/clean-text.ts';
import { sayMessage } from '../../output/say-message.ts';
import { sayReceiptSteps } from '../../output/say-receipt.ts';
import type { Terminal } from '../../output/terminal.ts';
import { define, type Options, examples, given, ifGiven, readNumber } from '../command.ts';
import { readId, readOf } from './read-mail.ts';

type Thread = OpOutput<(typeof operatorSurface)['getThread']>;
type Turn = z.infer<typeof turnView>;

/** What happens to messages: whatever of it happens, a followed thread is looked at again. */
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
    // Taken before the first look, so that nothing falls between the two.
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
  const limit = options['count'] === undefined ? NEWEST_MESSAGES : readNumber(options['count'], '--count');
  const before = ifGiven(options['before'], (text) => readId(text, '--before'));
  const query = { id: readId(id, "A message's number"), limit, ...given('before', before) };
  return [await context.hive.call('getThread', query)];
}

async function loadNewest(context: CliContext, options: Options): Promise<Thread[]> {
  const limit = options['count'] === undefined ? NEWEST_THREADS : readNumber(options['count'], '--count');
  const { threads } = await context.hive.call('listThreads', { ...given('of', readOf(options['of'])), limit });
  // The newest comes last, next to the prompt.
  return Promise.all(threads.toReversed().map((each) => context.hive.call('getThread', { id: each.id })));
}

/** Prints each message when it is new or its receipts changed since it was printed; returns the changed threads. */
function createThreadPrinter(
  context: CliContext,
  terminal: Terminal,
  inFull: boolean,
): (threads: readonly Thread[]) => Promise<Thread[]> {
  const printed = new Map<number, string>();
  let head = '';
  return async (threads) => {
    const changed: Thread[] = [];
    for (const thread of threads) {
      const fresh = thread.messages.filter(
        (message) => printed.get(message.id) !== fingerprint(message.receipts, inFull),
      );
      const nextHead = sayThreadHead(thread);
      if (fresh.length === 0 && !(head.startsWith(`${thread.thread.id}:`) && head !== nextHead)) continue;
      changed.push(thread);
      if (head !== nextHead) {
        if (head !== '') terminal.say();
        terminal.say(terminal.style('dim', `── thread ${nextHead}`));
        if (thread.more && head === '')
          terminal.say(
            terminal.style(
              'dim',
              `   earlier: hivectl thread ${thread.thread.id} --before ${thread.messages[0]?.id ?? ''}`,
            ),
          );
        head = nextHead;
      }
      const turns = terminal.json || inFull ? NO_TURNS : await loadTurns(context, fresh);
      for (const message of fresh) {
        printed.set(message.id, fingerprint(message.receipts, inFull));
        const now = context.now();
        if (!inFull) sayMessage(terminal, message, { now, extra: (receipt) => sayTurn(receipt, turns) });
        else {
          sayMessage(terminal, { ...message, receipts: [] }, { now });
          for (const receipt of message.receipts) sayReceiptSteps(terminal, receipt, now);
        }
      }
    }
    return changed;
  };
}

function sayThreadHead({ thread }: Thread): string {
  const why = thread.why === null ? '' : `: ${oneLine(thread.why)}`;
  const state = thread.state === 'open' ? '' : ` (${thread.state}${why})`;
  return `${thread.id}: ${thread.participants.join(', ')}${state}`;
}

function fingerprint(receipts: readonly Receipt[], inFull: boolean): string {
  return receipts
    .map(
      ({ recipient, state, attempts, inContextAt, heldUntil, wokenAt }) =>
        `${recipient} ${state} ${attempts} ${inContextAt ?? ''} ${heldUntil ?? ''} ${inFull ? (wokenAt ?? '') : ''}`,
    )
    .join();
}

const NO_TURNS: ReadonlyMap<number, Turn> = new Map();

/** The turns that had these messages, by their number. */
async function loadTurns(context: CliContext, messages: readonly MessageView[]): Promise<Map<number, Turn>> {
  const wanted = new Map<string, number>();
  for (const { recipient, turn } of messages.flatMap(({ receipts }) => receipts))
    if (turn !== null) wanted.set(recipient, Math.max(turn, wanted.get(recipient) ?? 0));
  const found = new Map<number, Turn>();
  for (const [recipient, newest] of wanted) {
    const name = agentName.safeParse(recipient);
    if (!name.success) continue;
    // An agent that is gone has no turns to ask for; its messages are still there.
    const answer = await context.hive
      .call('listTurns', { name: name.data, before: newest + 1, limit: 50 })
      .catch(() => null);
    for (const turn of answer?.turns ?? []) found.set(turn.id, turn);
  }
  return found;
}

/** What came of the turn: its last words, or why it failed. */
function sayTurn(receipt: Receipt, turns: ReadonlyMap<number, Turn>): string | null {
  const turn = receipt.turn === null ? undefined : turns.get(receipt.turn);
  if (turn === undefined || turn.outcome === null) return null;
  const text = oneLine(turn.text);
  if (turn.outcome === 'done') return text === '' ? null : `“${text.length > 300 ? `${text.slice(0, 300)}…` : text}”`;
  return `turn ${turn.id} ${turn.outcome.replaceAll('_', ' ')}${turn.reason === null ? '' : `: ${oneLine(turn.reason)}`}`;
}
