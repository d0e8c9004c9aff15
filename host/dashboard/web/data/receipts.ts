import type { Receipt } from '../../../../protocol/schemas/message.ts';
import type { Look } from './order-fleet.ts';

export interface Step {
  text: string;
  /** Null while it is still to come. */
  at: number | null;
  tone: 'done' | 'now' | 'bad' | 'next';
}

/** The way of a message to one recipient, up to where it is. The operator's has no turn: it is stored, then read. */
export function traceReceipt(receipt: Receipt): Step[] {
  const { state, turn, storedAt, leasedAt, inContextAt, endedAt } = receipt;
  const steps: Step[] = [{ text: 'Stored', at: storedAt, tone: 'done' }];
  if (receipt.recipient === 'operator') {
    steps.push(
      endedAt === null ? { text: 'Unread', at: null, tone: 'now' } : { text: 'Read', at: endedAt, tone: 'done' },
    );
    return steps;
  }
  if (leasedAt !== null)
    steps.push({ text: turn === null ? 'Leased' : `Leased to turn ${turn}`, at: leasedAt, tone: 'done' });
  if (inContextAt !== null) steps.push({ text: 'In context', at: inContextAt, tone: 'done' });
  if (state === 'done') steps.push({ text: 'Handled', at: endedAt, tone: 'done' });
  if (state === 'dead') steps.push({ text: 'Given up', at: endedAt, tone: 'bad' });
  if (state === 'leased')
    steps.push({ text: inContextAt === null ? 'Turn is beginning' : 'Being handled', at: null, tone: 'now' });
  if (state === 'queued')
    steps.push({ text: leasedAt === null ? 'Waits for a turn' : 'Put back, waits for a turn', at: null, tone: 'now' });
  return steps;
}

/** How far it is, for one recipient, in a word or two. */
export function describeReceipt(receipt: Receipt): string {
  const again = receipt.attempts > 1 ? `, attempt ${receipt.attempts}` : '';
  if (receipt.recipient === 'operator') return receipt.state === 'done' ? 'read' : 'unread';
  if (receipt.state === 'leased') return `in turn ${receipt.turn ?? ''}${again}`;
  return { queued: 'waiting', done: 'handled', dead: 'given up' }[receipt.state] + again;
}

/** All recipients in one line, coloured by the worst of them. */
export function summarizeReceipts(receipts: readonly Receipt[]): { color: Look['color']; text: string } {
  const [first] = receipts;
  const count = (state: Receipt['state']) => receipts.filter((one) => one.state === state).length;
  const color = count('dead') > 0 ? 'red' : count('leased') > 0 ? 'blue' : count('queued') > 0 ? 'gray' : 'green';
  if (first !== undefined && receipts.length === 1) return { color, text: capitalize(describeReceipt(first)) };
  const parts = [
    [count('done'), 'handled'],
    [count('leased'), 'in a turn'],
    [count('queued'), 'waiting'],
    [count('dead'), 'given up'],
  ] as const;
  const told = parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`);
  return { color, text: `${receipts.length} recipients: ${told.join(', ')}` };
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
