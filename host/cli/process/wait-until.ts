import { setTimeout as delay } from 'node:timers/promises';
import { HiveError } from '../../../protocol/errors.ts';

/**
 * Polls until the answer is not null. Returns null at the deadline; an abort throws `interrupted`. For programs that
 * cannot notify us when they are ready.
 */
export async function waitUntil<T>(
  ask: () => Promise<T | null>,
  options: { everyMs: number; withinMs: number; signal: AbortSignal },
): Promise<T | null> {
  const end = performance.now() + options.withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() >= end) return null;
    await delay(options.everyMs, undefined, { signal: options.signal }).catch(() => {
      throw new HiveError('interrupted');
    });
  }
}
