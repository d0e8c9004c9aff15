import type * as z from 'zod';
import { agentName } from '../../../../protocol/names.ts';
import type { OpOutput } from '../../../../protocol/op.ts';
import type { operatorSurface, turnView } from '../../../../protocol/operations/operator.ts';
import type { MessageView, Receipt } from '../../../../protocol/schemas/message.ts';
import { shorten } from '../../../../system/text/cut-text.ts';
import type { CliContext } from '../../context.ts';
import { oneLine } from '../../output/clean-text.ts';
import { sayMessage } from '../../output/say-message.ts';
import { sayReceiptSteps } from '../../output/say-receipt.ts';
import type { Terminal } from '../../output/terminal.ts';

export type Thread = OpOutput<(typeof operatorSurface)['getThread']>;
type Turn = z.infer<typeof turnView>;

/** Prints each message when it is new or its receipts changed since the last print; returns the changed threads. */
export function createThreadPrinter(
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
  const { state } = thread;
  // The reason for a closed thread begins with that word already.
  const why = thread.why === null ? state : oneLine(thread.why);
  const words = why.startsWith(state) ? why : `${state}: ${why}`;
  return `${thread.id}: ${thread.participants.join(', ')}${state === 'open' ? '' : ` (${words})`}`;
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

/** The turns that had these messages, by turn id. */
async function loadTurns(context: CliContext, messages: readonly MessageView[]): Promise<Map<number, Turn>> {
  const wanted = new Map<string, number>();
  for (const { recipient, turn } of messages.flatMap(({ receipts }) => receipts))
    if (turn !== null) wanted.set(recipient, Math.max(turn, wanted.get(recipient) ?? 0));
  const found = new Map<number, Turn>();
  for (const [recipient, newest] of wanted) {
    const name = agentName.safeParse(recipient);
    if (!name.success) continue;
    // The turns of a destroyed agent are gone; its messages still exist.
    const answer = await context.hive
      .call('listTurns', { name: name.data, before: newest + 1, limit: 50 })
      .catch(() => null);
    for (const turn of answer?.turns ?? []) found.set(turn.id, turn);
  }
  return found;
}

/** The turn's outcome: its last text, or why it failed. */
function sayTurn(receipt: Receipt, turns: ReadonlyMap<number, Turn>): string | null {
  const turn = receipt.turn === null ? undefined : turns.get(receipt.turn);
  if (turn === undefined || turn.outcome === null) return null;
  const text = oneLine(turn.text);
  if (turn.outcome === 'done') return text === '' ? null : `“${shorten(text, 300)}”`;
  return `turn ${turn.id} ${turn.outcome.replaceAll('_', ' ')}${turn.reason === null ? '' : `: ${oneLine(turn.reason)}`}`;
}
