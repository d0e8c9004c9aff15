/** Reports of one agent about one thing that are remembered. */
const MOST_KEYS = 10_000;

/**
 * Lets the same report through once in `everyMs`: a program in a box that calls in a loop must not keep hived busy with
 * what it knows.
 */
export function createThrottle(now: () => number, everyMs: number): (key: string) => boolean {
  const told = new Map<string, number>();
  return (key) => {
    const before = told.get(key);
    if (before !== undefined && now() - before < everyMs) return false;
    if (told.size >= MOST_KEYS) told.clear();
    told.set(key, now());
    return true;
  };
}
