import { labelReceipt, STATE_WORDS } from '../../../../protocol/receipt-words.ts';
import type { DeliveryState, Receipt } from '../../../../protocol/schemas/message.ts';
import type { StateStyle } from './order-fleet.ts';

/** States from worst to best, each with the colour of a message whose worst state it is. */
const WORST_FIRST: readonly (readonly [DeliveryState, StateStyle['color']])[] = [
  ['dead', 'red'],
  ['expired', 'orange'],
  ['withdrawn', 'orange'],
  ['leased', 'blue'],
  ['queued', 'gray'],
];

const COUNTED: readonly DeliveryState[] = ['done', 'leased', 'queued', 'dead', 'expired', 'withdrawn'];

/** Summarizes all receipts in one line, with the colour of the worst state. */
export function summarizeReceipts(receipts: readonly Receipt[]): { color: StateStyle['color']; text: string } {
  const [first] = receipts;
  const count = (state: DeliveryState) => receipts.filter((one) => one.state === state).length;
  const color = WORST_FIRST.find(([state]) => count(state) > 0)?.[1] ?? 'green';
  if (first !== undefined && receipts.length === 1)
    return { color, text: `${first.recipient === 'operator' ? 'You' : first.recipient}: ${labelReceipt(first)}` };
  const counts = COUNTED.filter((state) => count(state) > 0).map((state) => `${count(state)} ${STATE_WORDS[state]}`);
  return { color, text: `${receipts.length} recipients: ${counts.join(', ')}` };
}
