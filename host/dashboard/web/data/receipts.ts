import { labelReceipt, STATE_WORDS } from '../../../../protocol/receipt-words.ts';
import type { DeliveryState, Receipt } from '../../../../protocol/schemas/message.ts';
import type { Look } from './order-fleet.ts';

/** States from the worst to the best, each with the colour of a message that has no worse one. */
const WORST_FIRST: readonly (readonly [DeliveryState, Look['color']])[] = [
  ['dead', 'red'],
  ['expired', 'orange'],
  ['withdrawn', 'orange'],
  ['leased', 'blue'],
  ['queued', 'gray'],
];

const COUNTED: readonly DeliveryState[] = ['done', 'leased', 'queued', 'dead', 'expired', 'withdrawn'];

/** All recipients in one line, coloured by the worst of them. */
export function summarizeReceipts(receipts: readonly Receipt[]): { color: Look['color']; text: string } {
  const [first] = receipts;
  const count = (state: DeliveryState) => receipts.filter((one) => one.state === state).length;
  const color = WORST_FIRST.find(([state]) => count(state) > 0)?.[1] ?? 'green';
  if (first !== undefined && receipts.length === 1)
    return { color, text: `${first.recipient === 'operator' ? 'You' : first.recipient}: ${labelReceipt(first)}` };
  const told = COUNTED.filter((state) => count(state) > 0).map((state) => `${count(state)} ${STATE_WORDS[state]}`);
  return { color, text: `${receipts.length} recipients: ${told.join(', ')}` };
}
