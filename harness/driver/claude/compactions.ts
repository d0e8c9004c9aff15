/** Compactions of one turn after which the conversation is given up, if hardly any work was done between them. */
const MOST = 3;
/** Tool calls between two compactions that count as work. */
const LEAST_CALLS = 3;

/**
 * Whether a conversation is compacted again and again without room for work: what a compaction keeps is nearly as long
 * as the window. `calls` is the number of the turn's tool calls at each compaction, oldest first.
 */
export function isThrashing(calls: readonly number[]): boolean {
  const last = calls.slice(-MOST);
  return last.length === MOST && last.every((count, at) => at === 0 || count - (last[at - 1] ?? 0) < LEAST_CALLS);
}
