import type { Command } from 'commander';
import type { OpOutput } from '../../../protocol/op.ts';
import type { operatorSurface, turnView } from '../../../protocol/operations/operator.ts';
import { agentName } from '../../../protocol/names.ts';
import type { Receipt } from '../../../protocol/schemas/message.ts';
import type { z } from 'zod';
import type { CliContext } from '../context.ts';
import { followEvents } from '../follow-events.ts';
import { oneLine } from '../output/clean-text.ts';
import { sayMessage } from '../output/say-message.ts';
import type { Terminal } from '../output/terminal.ts';
import { define, type Options, examples, readNumber } from './command.ts';

type Thread = OpOutput<(typeof operatorSurface)['getThread']>;
type Turn = z.infer<typeof turnView>;

/** What happens to messages: whatever of it happens, a followed thread is looked at again. */
const KINDS = 'message.sent,delivery.*,turn.finished';
const NEWEST = 5;

export function addThreadCommand(program: Command, context: CliContext): void {
  const thread = program
    .command('thread')
    .description('conversations with receipts: who has a message in context, who is done with it')
    .argument('[ID]', 'any message of the thread; without it, the newest threads')
    .option('--of <name>', 'only threads of this agent (or "operator")')
    .option('-n, --count <number>', `how many threads (default ${NEWEST})`)
    .option('-f, --follow', 'go on with what comes');
  examples(thread, [
    ['hivectl thread', `the ${NEWEST} newest threads`],
    ['hivectl thread 42 -f', 'one, as it goes on'],
  ]);
  define(thread, context, async (terminal, options, [id]) => {
    const load =
      id === undefined ? () => loadNewest(context, options) : () => loadOne(context, readNumber(id, 'A message’s id'));
    const show = createThreadPrinter(context, terminal);
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
}

async function loadOne(context: CliContext, id: number): Promise<Thread[]> {
  return [await context.hive.call('getThread', { id })];
}

async function loadNewest(context: CliContext, options: Options): Promise<Thread[]> {
  const limit = options['count'] === undefined ? NEWEST : readNumber(options['count'], '--count');
  const of = options['of'] === undefined ? {} : { of: String(options['of']) };
  const { threads } = await context.hive.call('listThreads', { ...of, limit });
  // The newest comes last, next to the prompt.
  return Promise.all(threads.toReversed().map((each) => context.hive.call('getThread', { id: each.id })));
}

/** Prints each message when it is new or its receipts changed since it was printed; returns the changed threads. */
function createThreadPrinter(
  context: CliContext,
  terminal: Terminal,
): (threads: readonly Thread[]) => Promise<Thread[]> {
  const printed = new Map<number, string>();
  let current: number | null = null;
  return async (threads) => {
    const changed: Thread[] = [];
    for (const thread of threads) {
      const fresh = thread.messages.filter((message) => printed.get(message.id) !== fingerprint(message.receipts));
      if (fresh.length === 0) continue;
      changed.push(thread);
      if (current !== thread.thread.id) {
        if (current !== null) terminal.say();
        terminal.say(terminal.style('dim', `── thread ${thread.thread.id}: ${thread.thread.participants.join(', ')}`));
        current = thread.thread.id;
      }
      const turns = terminal.json
        ? new Map<number, Turn>()
        : await loadTurns(
            context,
            fresh.flatMap((message) => message.receipts),
          );
      for (const message of fresh) {
        printed.set(message.id, fingerprint(message.receipts));
        sayMessage(terminal, message, { now: context.now(), extra: (receipt) => sayTurn(receipt, turns) });
      }
    }
    return changed;
  };
}

function fingerprint(receipts: readonly Receipt[]): string {
  return receipts
    .map(({ recipient, state, attempts, inContextAt }) => `${recipient} ${state} ${attempts} ${inContextAt ?? ''}`)
    .join();
}

/** The turns that had these messages, by their number. */
async function loadTurns(context: CliContext, receipts: readonly Receipt[]): Promise<Map<number, Turn>> {
  const wanted = new Map<string, number>();
  for (const { recipient, turn } of receipts)
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
