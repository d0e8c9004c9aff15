/** Terminal output that is safe to pass on. */
export interface FilteredOutput {
  /** For a terminal that shows it now. */
  readonly live: string;
  /** For a terminal that shows it later: without requests, whose answers would be typed into the program again. */
  readonly replay: string;
}

/**
 * Filters a program's output before it reaches somebody's terminal. What is not known to be harmless is removed:
 *
 * - printed are text, and the control characters and sequences that move the cursor, erase, scroll, colour, switch to
 *   the alternate screen, and turn mouse reports and bracketed paste on and off;
 * - removed are strings for the terminal (OSC, DCS, APC, PM, SOS: clipboard, titles, hyperlinks, notifications, files,
 *   images, reports of settings), window operations, printing, changes of the keyboard, and every unknown sequence;
 * - numbers stay within what a terminal can have: emulators repeat, insert and scroll as often as they are told to, which
 *   takes minutes, or gigabytes, for a large number;
 * - invalid UTF-8 becomes U+FFFD, so that no terminal finds a control character in it.
 *
 * The only requests that pass are for the cursor's position and the terminal's kind: their answers are numbers.
 * A sequence that is split over several calls is put together; memory is bounded.
 */
export interface OutputFilter {
  take(bytes: Uint8Array): FilteredOutput;
}

const PLAIN_CONTROLS = '\u0007\b\t\n\u000b\f\r\u000e\u000f';
/** The next character that is not printed as it is. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const NEXT_CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;
const LONGEST_SEQUENCE = 256;
/** A string that is not ended after so many characters was none: what follows is shown. */
const LONGEST_STRING = 65_536;

const BEL = '\u0007';
const CAN = '\u0018';
const SUB = '\u001a';
const ESC = '\u001b';
const ST = '\u009c';

export function createOutputFilter(): OutputFilter {
  const decoder = new TextDecoder('utf-8');
  let mode: 'text' | 'escape' | 'csi' | 'string' = 'text';
  /** The sequence so far, without ESC. */
  let sequence = '';
  let skipped = 0;
  let live = '';
  /** Undefined while it is the same as `live`. */
  let replay: string | undefined;

  function emit(text: string): void {
    live += text;
    if (replay !== undefined) replay += text;
  }

  function emitRequest(text: string): void {
    replay ??= live;
    live += text;
  }

  function begin(next: typeof mode): void {
    mode = next;
    sequence = '';
    skipped = 0;
  }

  function control(char: string): void {
    if (char === ESC) begin('escape');
    else if (char === CAN || char === SUB) begin('text');
    else if (PLAIN_CONTROLS.includes(char)) emit(char);
  }

  function escape(char: string): void {
    if (sequence === '' && char === '[') return begin('csi');
    if (sequence === '' && 'P]X^_'.includes(char)) return begin('string');
    sequence += char;
    if (isBetween(char, ' ', '/') && sequence.length < 4) return;
    if (isHarmlessEscape(sequence)) emit(ESC + sequence);
    begin('text');
  }

  function csi(char: string): void {
    sequence += char;
    if (isBetween(char, ' ', '?') && sequence.length < LONGEST_SEQUENCE) return;
    const kept = isBetween(char, '@', '~') ? judgeSequence(sequence) : null;
    if (kept !== null) (kept.isRequest ? emitRequest : emit)(`${ESC}[${kept.text}`);
    begin('text');
  }

  function string(char: string): void {
    skipped += 1;
    if (char === ESC) begin('escape');
    else if (char === BEL || char === ST || char === CAN || char === SUB || skipped > LONGEST_STRING) begin('text');
  }

  /** Takes the characters up to the next that is a control character or belongs to a sequence; returns the new position. */
  function step(text: string, at: number): number {
    if (mode === 'text') {
      NEXT_CONTROL.lastIndex = at;
      const next = NEXT_CONTROL.exec(text)?.index ?? text.length;
      if (next > at) emit(text.slice(at, next));
      if (next < text.length) control(text[next] ?? '');
      return next + 1;
    }
    const char = text[at] ?? '';
    if (mode === 'string') string(char);
    else if (char < ' ' || isBetween(char, '\u007f', '\u009f')) control(char);
    else if (mode === 'escape') escape(char);
    else csi(char);
    return at + 1;
  }

  return {
    take(bytes) {
      const text = decoder.decode(bytes, { stream: true });
      live = '';
      replay = undefined;
      for (let at = 0; at < text.length;) at = step(text, at);
      return { live, replay: replay ?? live };
    },
  };
}

function isBetween(char: string, from: string, to: string): boolean {
  return char >= from && char <= to;
}

/** Saving the cursor, keypad modes, index and tab stops, character sets, alignment, full reset. */
function isHarmlessEscape(sequence: string): boolean {
  return /^(?:[78=>DEHMc]|[()*+][0-2AB]|#8)$/.test(sequence);
}

/** Modes of ECMA-48: insert. */
const ANSI_MODES: ReadonlySet<string> = new Set(['4']);
/**
 * Cursor keys, screen colours, origin, wrap, cursor, margins, alternate screen, mouse and focus reports, bracketed
 * paste, synchronised output. Not 3 (width of the window), 8, 67 and others that change the keyboard.
 */
const PRIVATE_MODES: ReadonlySet<string> = new Set(
  '1 5 6 7 12 25 45 47 66 69 1000 1002 1003 1004 1006 1007 1015 1047 1048 1049 2004 2026'.split(' '),
);

/** Final characters of sequences that do something as often as their number says. */
const REPEATING = 'bLMSTIZ@PX';
/** No terminal has more columns or rows (protocol/schemas/terminal.ts). */
const MOST_TIMES = 1_000;
const HIGHEST_NUMBER = 9_999;

/** What remains of a control sequence (without `ESC [`); null when it is removed. */
function judgeSequence(sequence: string): { text: string; isRequest?: true } | null {
  const kept = judgeKind(sequence);
  if (kept === null) return null;
  if (REPEATING.includes(sequence.at(-1) ?? ''))
    return { ...kept, text: kept.text.replace(/\d+/g, (digits) => String(Math.min(Number(digits), MOST_TIMES))) };
  const isTooHigh = kept.text.match(/\d+/g)?.some((digits) => Number(digits) > HIGHEST_NUMBER) ?? false;
  return isTooHigh ? null : kept;
}

/** The same by the sequence's kind alone, whatever its numbers are. */
function judgeKind(sequence: string): { text: string; isRequest?: true } | null {
  const [, prefix = '', params = '', between = '', final = ''] =
    /^([<=>?]?)([0-9:;]*)([ -/]*)([@-~])$/.exec(sequence) ?? [];
  if (final === '') return null;
  if (final === 'h' || final === 'l') return between === '' ? judgeModes({ prefix, params, final }) : null;
  // The positions of the cursor, the status, and the kind of terminal.
  if (/^(?:[56]n|\?6n|0?c|>0?c)$/.test(sequence)) return { text: sequence, isRequest: true };
  if (prefix === '' && between === '') {
    const one = /^\d*$/.test(params);
    const isKept = 'ABCDEFGHIJKLMPXZ`abdefgmr@'.includes(final) || ('ST'.includes(final) && one);
    const isCursor = 'su'.includes(final) && params === '';
    return isKept || isCursor ? { text: sequence } : null;
  }
  // Erasing what is not protected; the cursor's shape; soft reset.
  const isOther = (prefix === '?' && between === '' && 'JK'.includes(final)) || /^(?:[0-6]? q|!p)$/.test(sequence);
  return isOther ? { text: sequence } : null;
}

function judgeModes({ prefix, params, final }: { prefix: string; params: string; final: string }) {
  const known = prefix === '?' ? PRIVATE_MODES : prefix === '' ? ANSI_MODES : null;
  const kept = params.split(';').filter((mode) => known?.has(mode));
  return kept.length === 0 ? null : { text: `${prefix}${kept.join(';')}${final}` };
}
