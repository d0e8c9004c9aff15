import { HiveError } from '../../../../protocol/errors.ts';
import type { TerminalEnd, TerminalOutput } from '../../../../protocol/schemas/terminal.ts';
import { createWakeups, pause } from '../../../../system/pause.ts';
import { createOutputFilter } from '../../../../system/terminal/filter-output.ts';
import type { BoxTerminal } from '../../runtime/runtime.ts';
import {
  BYTES_PER_SLICE,
  KEPT_CHARS,
  MOST_BEHIND_CHARS,
  MOST_UNREAD_CHARS,
  PART_CHARS,
  READ_PATIENCE_MS,
  SLICE_MS,
  type TerminalLimits,
} from './limits.ts';
import { createScreen } from './screen.ts';

/** How a terminal ended, and what passed through it. */
export interface TerminalReport {
  readonly why: TerminalEnd;
  readonly exitCode: number | null;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/**
 * One terminal: a program in a box, a holder who types, and others who watch.
 *
 *   held ◄──follow with the key / disconnect──► away ──graceMs──► ended
 *     └──────── exit, close, idle ────────────────────────────────► ended
 *
 * Its output goes through the filter into the screen, from which every follower reads at its own speed. A holder who
 * reads slowly slows the program; a watcher does not, and misses what it was too slow for. Memory is bounded by the screen.
 */
export interface Terminal {
  /** Its output after piece `after`, until it ends or the signal fires. */
  follow(options: { isHolder: boolean; after: number; signal: AbortSignal }): AsyncGenerator<TerminalOutput>;
  /** Resolves when there is room for more. Throws `busy` when the program does not read, `unknown_terminal` after its end. */
  type(text: string): Promise<void>;
  resize(cols: number, rows: number): Promise<void>;
  state(): { cols: number; rows: number; held: boolean; watchers: number };
  close(why: TerminalEnd): void;
  /** Resolves when it has ended. */
  readonly ended: Promise<TerminalReport>;
}

export function openTerminal(
  box: BoxTerminal,
  options: { cols: number; rows: number; limits: Pick<TerminalLimits, 'idleMs' | 'graceMs'> },
): Terminal {
  const { stream } = box;
  const { limits } = options;
  const screen = createScreen(KEPT_CHARS);
  const over = new AbortController();
  /** There is something new for followers; the holder has read something. */
  const grown = createWakeups();
  const read = createWakeups();
  let size = { cols: options.cols, rows: options.rows };
  let why: TerminalEnd = 'exited';
  let report: TerminalReport | null = null;
  let bytesIn = 0;
  let bytesOut = 0;
  let unread = 0;
  let watchers = 0;
  /** The holder's newest connection, and the characters that it has read; null while the holder is away. */
  let holder: { chars: number; leave: () => void } | null = null;
  let absence: NodeJS.Timeout | undefined;
  let idle: NodeJS.Timeout | undefined;

  function close(reason: TerminalEnd): void {
    if (over.signal.aborted) return;
    why = reason;
    over.abort();
    stream.destroy();
  }

  function holderLeft(): void {
    holder = null;
    read.wake();
    clearTimeout(absence);
    absence = setTimeout(() => close('abandoned'), limits.graceMs).unref();
  }

  function noteActivity(): void {
    clearTimeout(idle);
    idle = setTimeout(() => close('idle'), limits.idleMs).unref();
  }

  const isBehind = () => holder !== null && screen.chars() - holder.chars > MOST_BEHIND_CHARS;

  /** Reads the program's output no faster than its holder, and than hived's thread has time for. */
  async function pump(): Promise<void> {
    const filter = createOutputFilter();
    let slice = { from: performance.now(), bytes: 0 };
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytesOut += chunk.length;
      screen.append(filter.take(chunk));
      grown.wake();
      slice.bytes += chunk.length;
      const leftMs = slice.from + SLICE_MS - performance.now();
      if (leftMs > 0 && slice.bytes >= BYTES_PER_SLICE) await pause(leftMs, over.signal);
      if (leftMs <= 0 || slice.bytes >= BYTES_PER_SLICE) slice = { from: performance.now(), bytes: 0 };
      while (isBehind() && !over.signal.aborted) await read.wait(Infinity, over.signal);
    }
  }

  async function run(): Promise<TerminalReport> {
    // A broken connection is an end as any other.
    await pump().catch(() => undefined);
    const exitCode = await box.exitCode().catch(() => null);
    over.abort();
    stream.destroy();
    clearTimeout(absence);
    clearTimeout(idle);
    report = { why, exitCode, bytesIn, bytesOut };
    grown.wake();
    return report;
  }

  async function* follow({
    isHolder,
    after,
    signal,
  }: Parameters<Terminal['follow']>[0]): AsyncGenerator<TerminalOutput> {
    const left = new AbortController();
    const gone = AbortSignal.any([signal, left.signal]);
    const mine = { chars: screen.chars(), leave: () => left.abort() };
    const replayUntil = screen.newest();
    let seq = after;
    let shown: typeof size | null = null;
    if (isHolder) {
      holder?.leave();
      holder = mine;
      clearTimeout(absence);
      noteActivity();
    } else watchers += 1;
    try {
      while (!gone.aborted) {
        const part = screen.after(seq, { limit: PART_CHARS, replayUntil });
        const sized = shown === size ? {} : { size: { ...size } };
        shown = size;
        if (part !== null) {
          const { text, reset, chars } = part;
          ({ seq } = part);
          yield { seq, text, ...(reset ? { reset } : {}), ...sized };
          mine.chars = Math.max(mine.chars, chars);
          if (isHolder) read.wake();
        } else if ('size' in sized) yield { seq, text: '', ...sized };
        else if (report !== null) {
          yield { seq, text: '', end: { why: report.why, exitCode: report.exitCode } };
          return;
        } else await grown.wait(Infinity, gone);
      }
    } finally {
      if (!isHolder) watchers -= 1;
      else if (holder === mine) holderLeft();
    }
  }

  async function type(text: string): Promise<void> {
    if (over.signal.aborted) throw new HiveError('unknown_terminal');
    if (unread + text.length > MOST_UNREAD_CHARS) throw doesNotRead();
    noteActivity();
    unread += text.length;
    bytesIn += Buffer.byteLength(text);
    const taken = createWakeups();
    let isTaken = false;
    stream.write(text, () => {
      isTaken = true;
      unread -= text.length;
      taken.wake();
    });
    if (!isTaken) await taken.wait(READ_PATIENCE_MS, over.signal);
    if (!isTaken) throw over.signal.aborted ? new HiveError('unknown_terminal') : doesNotRead();
  }

  holderLeft();
  noteActivity();
  return {
    follow,
    type,
    async resize(cols, rows) {
      await box.resize(cols, rows);
      size = { cols, rows };
      grown.wake();
    },
    state: () => ({ ...size, held: holder !== null, watchers }),
    close,
    ended: run(),
  };
}

function doesNotRead(): HiveError {
  return new HiveError(
    'busy',
    'The program in the terminal does not read what is typed. Try Ctrl-C, or close the terminal.',
  );
}
