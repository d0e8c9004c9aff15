/** What a reader of lines hands out. */
export interface LineHandlers {
  onLine: (line: string) => void;
  /** A line was longer than allowed; it was thrown away but for its first KiB. */
  onOversize: (head: string) => void;
}

const HEAD_BYTES = 1_024;

/** Cuts a byte stream into lines of at most `maxBytes`; memory stays within that, however long a line is. */
export function createLineReader(handlers: LineHandlers, maxBytes: number) {
  let parts: Buffer[] = [];
  let size = 0;
  let skipping = false;
  let head = '';

  function add(piece: Buffer): void {
    if (skipping || piece.length === 0) return;
    if (size + piece.length > maxBytes) {
      skipping = true;
      head = Buffer.concat([...parts, piece.subarray(0, HEAD_BYTES)])
        .subarray(0, HEAD_BYTES)
        .toString('utf8');
      parts = [];
      size = 0;
      return;
    }
    // Copied: a slice would keep the whole chunk alive.
    parts.push(Buffer.from(piece));
    size += piece.length;
  }

  function finish(): void {
    const line = Buffer.concat(parts).toString('utf8');
    const wasSkipping = skipping;
    parts = [];
    size = 0;
    skipping = false;
    if (wasSkipping) handlers.onOversize(head);
    else if (line.trim() !== '') handlers.onLine(line);
  }

  return {
    push(chunk: Buffer): void {
      let start = 0;
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
        add(chunk.subarray(start, end));
        finish();
        start = end + 1;
      }
      add(chunk.subarray(start));
    },
    /** The stream ended: what is left is a line too. */
    end: finish,
  };
}
