/**
 * Lets callers who ask the same question at the same time share one answer. A caller never gets an
 * answer whose asking began before its own: whoever comes while one is under way waits for the next,
 * together with all others who wait. So n callers cost two looks at most, and none sees the past.
 */
export function shareLooks<T>(look: () => Promise<T>): () => Promise<T> {
  let current: Promise<unknown> | null = null;
  let next: Promise<T> | null = null;

  function begin(): Promise<T> {
    const answer = look();
    const over = Promise.allSettled([answer]).finally(() => {
      if (current === over) current = null;
    });
    current = over;
    return answer;
  }

  async function beginAfter(before: Promise<unknown>): Promise<T> {
    await before;
    next = null;
    return begin();
  }

  return () => {
    if (current === null) return begin();
    next ??= beginAfter(current);
    return next;
  };
}
