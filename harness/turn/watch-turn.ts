import { createHash } from 'node:crypto';
import type { Emit } from '../spool/spool.ts';

/** What the running turn did so far, by the events that its driver told: the same for all drivers. */
export interface TurnFacts {
  /** Tool calls. */
  readonly calls: number;
  /** Characters of the transcript: texts, thoughts, calls and results, of which each counts as far as it is kept. */
  readonly output: number;
  /** The newest finished call, if it is one of several with the same tool and input. */
  readonly repeat: Repeat | null;
  /** The CLI's process; null before it was started. */
  readonly cli: number | null;
}

export interface Repeat {
  readonly tool: string;
  /** Calls of these with the same result, among the last WINDOW calls. */
  readonly same: number;
  /** Calls of these one after another, whatever the result. */
  readonly inARow: number;
}

/** Observes the running turn. */
export interface TurnWatch {
  /** For the driver; passes everything on. */
  readonly emit: Emit;
  /** A turn begins: `onSign` is called at its first sign from the CLI, `onResult` after each result of a tool. */
  begin(turn: number, heard: { onSign: () => void; onResult: () => void }): void;
  facts(): TurnFacts;
  /** The turn is over. */
  end(): void;
}

/** Finished calls that are compared. */
const WINDOW = 64;

interface Call {
  readonly tool: string;
  /** Of tool and input. */
  readonly key: string;
}

export function watchTurn(emit: Emit): TurnWatch {
  let turn: number | null = null;
  let heard: { onSign: () => void; onResult: () => void } | null = null;
  let signed = false;
  let calls = 0;
  let output = 0;
  let repeat: Repeat | null = null;
  let cli: number | null = null;
  const running = new Map<string, Call>();
  let finished: { key: string; whole: string }[] = [];

  function noteResult({ tool, key }: Call, result: string): void {
    const whole = hash(`${key}\n${result}`);
    finished = [...finished, { key, whole }].slice(-WINDOW);
    const same = finished.filter((one) => one.whole === whole).length;
    const differing = finished.findLastIndex((one) => one.key !== key);
    const inARow = finished.length - 1 - differing;
    repeat = same > 1 || inARow > 1 ? { tool, same, inARow } : null;
  }

  const observe: Emit = (kind, data) => {
    if (kind === 'cli.started' && 'pid' in data) cli = data.pid > 0 ? data.pid : null;
    if (kind === 'cli.exited') cli = null;
    if (turn === null || !('turn' in data) || data.turn !== turn) return;
    if (!signed) heard?.onSign();
    signed = true;
    if ('text' in data) output += data.text.length;
    if ('tool' in data) {
      calls += 1;
      output += data.input.length;
      running.set(data.id, { tool: data.tool, key: hash(`${data.tool}\n${data.input}`) });
    }
    if ('ok' in data) {
      const call = running.get(data.id);
      running.delete(data.id);
      if (call !== undefined) noteResult(call, data.text);
      heard?.onResult();
    }
  };

  return {
    emit: (kind, data) => {
      emit(kind, data);
      observe(kind, data);
    },
    begin(next, listeners) {
      turn = next;
      heard = listeners;
      signed = false;
      calls = 0;
      output = 0;
      repeat = null;
      running.clear();
      finished = [];
    },
    facts: () => ({ calls, output, repeat, cli }),
    end: () => {
      turn = null;
      heard = null;
    },
  };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
