import type { Receipt } from '../../../../protocol/schemas/message.ts';
import type { Look } from './order-fleet.ts';

export interface Step {
  text: string;
  /** Null while it is still to come. */
  at: number | null;
  /** done: behind it. now: where it is. next: still to come. held: stopped on its way. bad: its end, unhandled. */
  tone: 'done' | 'now' | 'next' | 'held' | 'bad';
}

/** The whole way of a message to one recipient: what is behind it, where it is, what is to come. */
export function traceReceipt(receipt: Receipt): Step[] {
  const stored: Step = { text: 'Stored', at: receipt.storedAt, tone: 'done' };
  return receipt.recipient === 'operator'
    ? [stored, ...traceToOperator(receipt)]
    : [stored, ...traceToTurn(receipt), ...traceEnd(receipt)];
}

/** The operator has no turns: what is stored for them is unread, then read. */
function traceToOperator({ state, endedAt }: Receipt): Step[] {
  if (state === 'queued' || state === 'leased') return [{ text: 'Unread', at: null, tone: 'now' }];
  if (state === 'done') return [{ text: 'Read', at: endedAt, tone: 'done' }];
  return [{ text: ENDS[state], at: endedAt, tone: 'bad' }];
}

/** What the recipient's harness and CLI did with it so far; a step that ended goes by the times alone. */
function traceToTurn({ state, turn, wokenAt, leasedAt, inContextAt }: Receipt): Step[] {
  const steps: Step[] = [];
  if (wokenAt !== null) steps.push({ text: 'Woken', at: wokenAt, tone: 'done' });
  if (leasedAt !== null && state !== 'queued')
    steps.push({ text: turn === null ? 'Leased' : `Leased to turn ${turn}`, at: leasedAt, tone: 'done' });
  if (inContextAt !== null && state !== 'queued') steps.push({ text: 'In context', at: inContextAt, tone: 'done' });
  return steps;
}

/** Where it is now and what is still to come, or how it ended. */
function traceEnd(receipt: Receipt): Step[] {
  const { state, inContextAt, endedAt } = receipt;
  switch (state) {
    case 'done':
      return [{ text: 'Handled', at: endedAt, tone: 'done' }];
    case 'leased':
      return inContextAt === null
        ? [{ text: 'Turn is beginning', at: null, tone: 'now' }, next('In context'), next('Handled')]
        : [{ text: 'Being handled', at: null, tone: 'now' }, next('Handled')];
    case 'queued':
      return [describeWait(receipt), next('In context'), next('Handled')];
    case 'dead':
    case 'expired':
    case 'withdrawn':
      return [{ text: ENDS[state], at: endedAt, tone: 'bad' }];
  }
}

const ENDS = { dead: 'Given up', expired: 'Expired', withdrawn: 'Withdrawn' } as const;

function next(text: string): Step {
  return { text, at: null, tone: 'next' };
}

function describeWait({ heldUntil, turn, attempts }: Receipt): Step {
  if (heldUntil !== null) return { text: 'Held', at: null, tone: 'held' };
  if (attempts > 0)
    return { text: turn === null ? 'Put back, waits' : `Put back by turn ${turn}, waits`, at: null, tone: 'now' };
  return { text: 'Waits for a turn', at: null, tone: 'now' };
}

const WORDS: Record<Exclude<Receipt['state'], 'leased'>, string> = {
  queued: 'waiting',
  done: 'handled',
  dead: 'given up',
  expired: 'expired',
  withdrawn: 'withdrawn',
};

/** How far it is, for one recipient, in a word or two. */
export function describeReceipt(receipt: Receipt): string {
  const { state, turn, attempts, heldUntil } = receipt;
  const again = attempts > 1 ? `, attempt ${attempts}` : '';
  if (receipt.recipient === 'operator' && state === 'done') return 'read';
  if (receipt.recipient === 'operator' && state === 'queued') return 'unread';
  if (state === 'leased') return `in turn ${turn ?? ''}${again}`;
  if (state === 'queued' && heldUntil !== null) return `held${again}`;
  return WORDS[state] + again;
}

/** All recipients in one line, coloured by the worst of them. */
export function summarizeReceipts(receipts: readonly Receipt[]): { color: Look['color']; text: string } {
  const [first] = receipts;
  const count = (state: Receipt['state']) => receipts.filter((one) => one.state === state).length;
  const color =
    count('dead') > 0
      ? 'red'
      : count('expired') + count('withdrawn') > 0
        ? 'orange'
        : count('leased') > 0
          ? 'blue'
          : count('queued') > 0
            ? 'gray'
            : 'green';
  if (first !== undefined && receipts.length === 1)
    return { color, text: `${first.recipient === 'operator' ? 'You' : first.recipient}: ${describeReceipt(first)}` };
  const parts = [
    [count('done'), 'handled'],
    [count('leased'), 'in a turn'],
    [count('queued'), 'waiting'],
    [count('dead'), 'given up'],
    [count('expired'), 'expired'],
    [count('withdrawn'), 'withdrawn'],
  ] as const;
  const told = parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`);
  return { color, text: `${receipts.length} recipients: ${told.join(', ')}` };
}
