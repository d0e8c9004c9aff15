/** A piece of a prompt: a message in the block that the harness wraps it in, or text around such blocks. */
export interface Piece {
  readonly wrapped: boolean;
  /** The message's id, when its block says one. */
  readonly id: string | null;
  /** Who wrote it, when its block says so. */
  readonly from: string | null;
  readonly text: string;
}

const OPEN = '<message';
const CLOSE = '</message>';

/**
 * Splits a prompt at its `<message id="…" from="…">` blocks. A single pass: a box chooses the text, and must not be
 * able to make this slow.
 */
export function splitWrapped(text: string): Piece[] {
  const pieces: Piece[] = [];
  let done = 0;
  let from = 0;
  for (;;) {
    const open = text.indexOf(OPEN, from);
    if (open === -1) break;
    from = open + OPEN.length;
    // A block has attributes; the hive's own text may speak of "<message>".
    if (!/\s/.test(text[from] ?? '')) continue;
    const tagEnd = text.indexOf('>', from);
    const close = tagEnd === -1 ? -1 : text.indexOf(CLOSE, tagEnd);
    if (close === -1) break;
    pieces.push({ wrapped: false, id: null, from: null, text: text.slice(done, open) });
    const tag = text.slice(from, tagEnd);
    const body = text.slice(tagEnd + 1, close).trim();
    pieces.push({ wrapped: true, id: attribute(tag, 'id'), from: attribute(tag, 'from'), text: body });
    done = close + CLOSE.length;
    from = done;
  }
  pieces.push({ wrapped: false, id: null, from: null, text: text.slice(done) });
  return pieces.filter((piece) => piece.text.trim() !== '');
}

function attribute(tag: string, name: 'id' | 'from'): string | null {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? null;
}
