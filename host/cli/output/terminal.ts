import { styleText } from 'node:util';
import { wrapText } from './wrap-text.ts';

/** The terminal that hivectl runs in. */
export interface Tty {
  size(): { cols: number; rows: number };
  /** Calls the listener after each change of size; returns a function that stops it. */
  onResize(listener: () => void): () => void;
}

/** The three streams of a command, and the width of the terminal. */
export interface Io {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly stdin: NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown };
  /** Cells in a line of the terminal; null when stdout is not one. */
  readonly columns: () => number | null;
  readonly color: boolean;
  /** Null unless both stdin and stdout are a terminal. */
  readonly tty: Tty | null;
}

type Style = Parameters<typeof styleText>[0];

/** A command's output. Text for people and JSON never mix on stdout. */
export interface Terminal {
  readonly json: boolean;
  readonly width: number | null;
  /** Writes a line for people; nothing with --json. */
  say(line?: string): void;
  /** Writes a line for people on stderr, in either output format (progress, warnings). */
  note(line: string): void;
  /** Writes a value for programs, one line each, only with --json. */
  print(value: unknown): void;
  /** Writes a text for programs as it is, when an option asked for its format. */
  raw(text: string): void;
  /** Writes a text of several lines, wrapped and indented by this many cells. */
  paragraph(text: string, indent: number): void;
  style(style: Style, text: string): string;
}

export function createTerminal(io: Io, json: boolean): Terminal {
  const width = io.columns();
  const style = (format: Style, text: string) => (io.color ? styleText(format, text, { validateStream: false }) : text);
  const say = (line = '') => {
    if (!json) io.stdout.write(`${line}\n`);
  };
  return {
    json,
    width,
    say,
    style,
    note: (line) => void io.stderr.write(`${line}\n`),
    print: (value) => {
      if (json) io.stdout.write(`${toJson(value)}\n`);
    },
    raw: (text) => void io.stdout.write(text),
    paragraph: (text, indent) => {
      for (const line of wrapText(text, width === null ? null : width - indent))
        say((' '.repeat(indent) + line).trimEnd());
    },
  };
}

/** JSON on one line; control characters that JSON allows are escaped too, because some terminals interpret them. */
export function toJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007F-\u009F]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
