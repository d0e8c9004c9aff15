/** Keeps account of what output has changed in a terminal, so that it can be undone, or done again in another one. */
export interface TerminalModes {
  /** Takes output that passed the filter (filter-output.ts); no sequence is split over two calls. */
  take(text: string): void;
  /** The output that brings a fresh terminal into the present modes. */
  restate(): string;
  /** The output that brings the terminal back to what it was; empty when nothing was changed. */
  undo(): string;
}

const CHANGES =
  // oxlint-disable-next-line no-control-regex -- sequences begin with ESC
  /\u001b(?:\[\?([0-9;]+)([hl])|\[(4)([hl])|\[([0-6]?) q|\[([0-9;]*)r|\[([0-9:;]*)m|\[(!)p|([=>c])|[()*+]([0-2AB]))/g;
/** Modes that are on in a fresh terminal: wrap, cursor. All others are off. */
const ON_AT_FIRST: ReadonlySet<string> = new Set(['7', '25']);
/** Not modes of the terminal but saved positions: 1048. */
const NOT_KEPT: ReadonlySet<string> = new Set(['1048']);
const ALTERNATE: readonly string[] = ['1049', '1047', '47'];

export function createTerminalModes(): TerminalModes {
  /** Private modes that are not as in a fresh terminal. */
  const changed = new Set<string>();
  const marks = { insert: false, shape: false, margins: false, style: false, keypad: false, charset: false };

  /** Terminals differ in which private modes a soft reset ends: those are kept, since undoing one twice is harmless. */
  function resetSoftly(): void {
    Object.assign(marks, { insert: false, margins: false, style: false, keypad: false, charset: false });
  }

  function setModes(list: string, on: boolean): void {
    for (const mode of list.split(';')) {
      if (NOT_KEPT.has(mode)) continue;
      if (on === ON_AT_FIRST.has(mode)) changed.delete(mode);
      else changed.add(mode);
    }
  }

  function take(text: string): void {
    for (const [, modes, how, insert, insertHow, shape, margins, style, soft, single, charset] of text.matchAll(
      CHANGES,
    )) {
      if (modes !== undefined) setModes(modes, how === 'h');
      else if (insert !== undefined) marks.insert = insertHow === 'h';
      else if (shape !== undefined) marks.shape = shape !== '' && shape !== '0';
      else if (margins !== undefined) marks.margins = margins !== '';
      else if (style !== undefined) marks.style = !/^(?:0?|.*;0)$/.test(style);
      else if (charset !== undefined) marks.charset ||= charset !== 'B';
      else if (single === '=' || single === '>') marks.keypad = single === '=';
      else {
        if (soft === undefined) {
          changed.clear();
          marks.shape = false;
        }
        resetSoftly();
      }
    }
  }

  const write = (mode: string, on: boolean) => `\u001b[?${mode}${on ? 'h' : 'l'}`;
  /** The alternate screen comes first when modes are set, and last when they are taken back. */
  const inOrder = () => [...changed].toSorted((a, b) => Number(ALTERNATE.includes(b)) - Number(ALTERNATE.includes(a)));

  return {
    take,
    restate: () =>
      inOrder()
        .map((mode) => write(mode, !ON_AT_FIRST.has(mode)))
        .join(''),
    undo() {
      const parts = [
        ...(marks.style ? ['\u001b[m'] : []),
        ...(marks.charset ? ['\u001b(B\u000f'] : []),
        ...(marks.insert ? ['\u001b[4l'] : []),
        ...(marks.keypad ? ['\u001b>'] : []),
        ...(marks.shape ? ['\u001b[0 q'] : []),
        ...inOrder()
          .toReversed()
          .map((mode) => write(mode, ON_AT_FIRST.has(mode))),
        // It moves the cursor to the corner, hence saved and restored.
        ...(marks.margins ? ['\u001b7\u001b[r\u001b8'] : []),
      ];
      return parts.join('');
    },
  };
}
