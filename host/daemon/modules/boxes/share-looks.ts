/**
 * Lets callers who ask the same question at the same time share one answer. A caller never gets an answer whose
 * asking began before its own call: whoever calls while the question is being asked waits for the next asking,
 * together with all others who wait. So n callers in one turn of the event loop cost one asking.
 */
export function shareLooks<T>(ask: () => Promise<T>): () => Promise<T> {
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
