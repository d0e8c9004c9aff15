import type { BudgetPeriod } from '../../../../protocol/schemas/budget.ts';
import { type Window, windowOf } from './policy/windows.ts';

/** The present window of each period but a turn, in the hive's time zone. */
export type PresentWindows = (per: BudgetPeriod, now?: number) => Window;

/** Each window is computed once for as long as it lasts. */
export function createPresentWindows(clock: () => number, timeZone: string): PresentWindows {
  const byPeriod = new Map<BudgetPeriod, Window>();
  return (per, now = clock()) => {
    if (per === 'turn') throw new Error('a budget per turn has no window but its turns');
    const known = byPeriod.get(per);
    if (known !== undefined && known.start <= now && (known.end === null || now < known.end)) return known;
    const window = windowOf(per, now, timeZone);
    byPeriod.set(per, window);
    return window;
  };
}
