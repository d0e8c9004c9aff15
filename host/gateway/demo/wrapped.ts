/** A piece of a prompt: a message in the block that the harness wraps it in, or text around such blocks. */
export interface Piece {
  readonly wrapped: boolean;
  /** The message's id, when its block says one. */
  readonly id: string | null;
  readonly text: string;
}

const OPEN = '<message';
const CLOSE = '</message>';

/** Splits a prompt at its `<message id="…" from="…">` blocks. One pass: a box chooses the text, and must not be able to make this slow. */
export function splitWrapped(text: string): Piece[] {
  const pieces: Piece[] = [];
  let done = 0;
  let from = 0;
  for (;;) {
    const open = text.indexOf(OPEN, from);
    if (open === -1) break;
    from = open + OPEN.length;
    if (!/[\s>]/.test(text[from] ?? '')) continue;
    const tagEnd = text.indexOf('>', from);
    const close = tagEnd === -1 ? -1 : text.indexOf(CLOSE, tagEnd);
    if (close === -1) break;
    pieces.push({ wrapped: false, id: null, text: text.slice(done, open) });
    pieces.push({ wrapped: true, id: idOf(text.slice(from, tagEnd)), text: text.slice(tagEnd + 1, close).trim() });
    done = close + CLOSE.length;
    from = done;
  }
  pieces.push({ wrapped: false, id: null, text: text.slice(done) });
  return pieces.filter((piece) => piece.text.trim() !== '');
}

function idOf(attributes: string): string | null {
  return /\sid="([^"]*)"/.exec(attributes)?.[1] ?? null;
}
