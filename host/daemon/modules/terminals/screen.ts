import type { FilteredOutput } from '../../../../system/terminal/filter-output.ts';
import { createTerminalModes } from '../../../../system/terminal/terminal-modes.ts';

/** What follows a piece of output. */
export interface ScreenPart {
  /** The number of the last piece in it. */
  readonly seq: number;
  readonly text: string;
  /** The pieces between are not kept any more, or none was shown yet: `text` begins with the modes of the terminal there. */
  readonly reset: boolean;
  /** The characters of all output up to its end. */
  readonly chars: number;
}

/**
 * The last output of a terminal, so that whoever connects again sees the screen as it was. In memory alone, and bounded:
 * the oldest pieces are dropped.
 */
export interface Screen {
  append(output: FilteredOutput): void;
  /** The number of the newest piece; they count up from 1. */
  newest(): number;
  /** The characters of all output so far. */
  chars(): number;
  /**
   * What follows piece `seq` (0: from the beginning), at least one piece, and no more once it has `limit` characters; null when there is nothing yet.
   * Pieces up to `replayUntil` come without requests (filter-output.ts).
   */
  after(seq: number, options: { limit: number; replayUntil: number }): ScreenPart | null;
}

interface Piece extends FilteredOutput {
  readonly seq: number;
  readonly chars: number;
}

/** The output of a keypress is a piece, too. */
const MOST_PIECES = 4_096;

export function createScreen(maxChars: number): Screen {
  let pieces: Piece[] = [];
  let newest = 0;
  let total = 0;
  /** The characters that were dropped, and the modes of the terminal behind them. */
  let dropped = 0;
  const modes = createTerminalModes();

  function dropOld(): void {
    const isTooMuch = (gone: number) => total - dropped > maxChars || pieces.length - gone > MOST_PIECES;
    let gone = 0;
    for (
      let piece = pieces[0];
      piece !== undefined && isTooMuch(gone) && gone < pieces.length - 1;
      piece = pieces[gone]
    ) {
      modes.take(piece.live);
      dropped = piece.chars;
      gone += 1;
    }
    // Many at once, because the rest is copied.
    if (gone > 0) pieces = pieces.slice(gone);
  }

  return {
    append({ live, replay }) {
      if (live === '') return;
      newest += 1;
      total += live.length;
      pieces.push({ seq: newest, live, replay, chars: total });
      dropOld();
    },
    newest: () => newest,
    chars: () => total,
    after(seq, { limit, replayUntil }) {
      if (seq === newest) return null;
      const before = (pieces[0]?.seq ?? 1) - 1;
      const reset = seq === 0 || seq > newest || seq < before;
      let text = reset ? modes.restate() : '';
      let last: Piece | undefined;
      for (let at = reset ? 0 : seq - before; at < pieces.length && text.length < limit; at += 1) {
        last = pieces[at];
        if (last !== undefined) text += last.seq <= replayUntil ? last.replay : last.live;
      }
      return { seq: last?.seq ?? newest, text, reset, chars: last?.chars ?? total };
    },
  };
}
