/**
 * The opened parts of a process, and how each is released: the last opened is released first. A start that fails half
 * way and a regular stop use the same list.
 */
export interface Releasers<How> {
  /** Adds the release of a part that was just opened. `how` is the argument of `releaseAll`. */
  add(part: string, release: (how: How) => void | Promise<void>): void;
  /**
   * Releases everything, each once. A failure is logged and does not keep other parts from being released; never
   * rejects.
   */
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
