/**
 * Coalesces concurrent calls of one query. A caller never gets an answer whose query began before its own call:
 * callers during a running query share the next one. So n callers in one turn of the event loop cost one query.
 */
export function shareReads<T>(ask: () => Promise<T>): () => Promise<T> {
  let current: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | null = null;

  async function askAfter(before: Promise<unknown>): Promise<T> {
    await before;
    next = null;
    const answer = ask();
    current = answer.then(
      () => undefined,
      () => undefined,
    );
    return answer;
  }

  return () => (next ??= askAfter(current));
}
