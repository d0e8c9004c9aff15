import { stripVTControlCharacters } from 'node:util';
import { MOST_LOG_CHARS_SENT } from '../../../../protocol/schemas/check.ts';
import { createLineReader } from '../../../../system/text/read-lines.ts';

/** A longer line comes in pieces. */
const LINE_BYTES = 4_096;
/** Characters that wait to be sent; then the output is not read on. */
const MOST_WAITING = 256_000;
/** Characters of one run that are sent as they come; of the rest, only the end. */
const MOST_LIVE = 4_000_000;
const TAIL = 64_000;

/** The output of a run on its way to the forge: whole lines, readable, without secrets, bounded. */
export interface CheckOutput {
  push(chunk: Buffer): void;
  /** The output has ended: what was held back for its end may be taken. */
  end(): void;
  /** A line of hived's own. */
  note(line: string): void;
  /** The next text to send, at most MOST_LOG_CHARS_SENT characters; empty when there is none. */
  take(): string;
  /** A text that was taken and not sent: it is the next one. */
  putBack(text: string): void;
  /** Whether it should not be read on. */
  isFull(): boolean;
}

/** `redact` replaces secrets: texts are given to it as whole lines, many at once. */
export function createCheckOutput(redact: (text: string) => string): CheckOutput {
  /** Lines that wait, and text that is ready to be sent. */
  let lines: string[] = [];
  let waiting = 0;
  let ready = '';
  let live = 0;
  let tail: string[] = [];
  let tailChars = 0;
  let left = 0;

  function keepTail(line: string): void {
    tail.push(line);
    tailChars += line.length;
    while (tailChars > TAIL) {
      const first = tail.shift() ?? '';
      tailChars -= first.length;
      left += first.length;
    }
  }

  function add(line: string): void {
    lines.push(line);
    waiting += line.length;
  }

  const reader = createLineReader({
    maxBytes: LINE_BYTES,
    onLong: 'split',
    onLine(raw) {
      const line = `${readable(raw)}\n`;
      live += line.length;
      if (live <= MOST_LIVE) add(line);
      else keepTail(line);
    },
  });

  return {
    push: reader.push,
    note: (line) => add(`${line}\n`),
    end() {
      reader.end();
      if (left > 0) add(`[${left} characters are left out here: the output was too long]\n`);
      for (const line of tail) add(line);
      tail = [];
    },
    take() {
      if (ready === '' && lines.length > 0) {
        // Enough lines for some texts at once; a secret of several lines is found in them.
        ready = redact(lines.join(''));
        lines = [];
        waiting = 0;
      }
      const text = cutAtLine(ready);
      ready = ready.slice(text.length);
      return text;
    },
    putBack: (text) => void (ready = text + ready),
    isFull: () => waiting + ready.length > MOST_WAITING,
  };
}

/** Without colours and other control characters; of a line that was written over, its last state. */
function readable(line: string): string {
  const plain = stripVTControlCharacters(line).replace(/\r+$/, '');
  // eslint-disable-next-line no-control-regex
  return plain.slice(plain.lastIndexOf('\r') + 1).replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
}

function cutAtLine(text: string): string {
  if (text.length <= MOST_LOG_CHARS_SENT) return text;
  const end = text.lastIndexOf('\n', MOST_LOG_CHARS_SENT - 1) + 1;
  return text.slice(0, end > 0 ? end : MOST_LOG_CHARS_SENT);
}
