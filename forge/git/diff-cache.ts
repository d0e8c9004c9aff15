/** A diff as text, which may be cut at its end. */
export interface DiffText {
  readonly text: string;
  readonly isCut: boolean;
}

/** Diffs that were read lately: the pages of one are asked for one by one. */
export interface DiffCache {
  /** The diff of that key, which names two commits and so never means another one; `work` reads one that is not known. */
  read(key: string, work: () => Promise<DiffText>): Promise<DiffText>;
}

/** Keeps those that were asked for last, of at most so many characters together. Concurrent readers share one read. */
export function createDiffCache(maxChars: number): DiffCache {
  const known = new Map<string, { readonly diff: Promise<DiffText>; chars: number }>();
  let chars = 0;

  function forget(key: string): void {
    chars -= known.get(key)?.chars ?? 0;
    known.delete(key);
  }

  return {
    async read(key, work) {
      const found = known.get(key);
      if (found !== undefined) {
        known.delete(key);
        known.set(key, found);
        return found.diff;
      }
      const made = { diff: work(), chars: 0 };
      known.set(key, made);
      try {
        const diff = await made.diff;
        made.chars = diff.text.length;
        chars += made.chars;
        for (const oldest of known.keys()) {
          if (chars <= maxChars) break;
          forget(oldest);
        }
        return diff;
      } catch (error) {
        forget(key);
        throw error;
      }
    },
  };
}
