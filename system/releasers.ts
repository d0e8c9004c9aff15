/**
 * What was opened, and how each part is released: the last opened is released first. A start that fails half way and a stop
 * go by the same list.
 */
export interface Releasers<How> {
  /** Adds the release of a part that was opened just now. `how` is what `releaseAll` is called with. */
  add(part: string, release: (how: How) => void | Promise<void>): void;
  /** Releases everything, each once. A failure is told and keeps no other part from being released; never rejects. */
  releaseAll(how: How): Promise<void>;
}

export function createReleasers<How>(onError: (error: unknown, part: string) => void): Releasers<How> {
  const opened: { part: string; release: (how: How) => void | Promise<void> }[] = [];
  return {
    add: (part, release) => void opened.push({ part, release }),
    async releaseAll(how) {
      for (let last = opened.pop(); last !== undefined; last = opened.pop())
        try {
          await last.release(how);
        } catch (error) {
          onError(error, last.part);
        }
    },
  };
}
