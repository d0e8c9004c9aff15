import type { UsageTotals } from '../../../protocol/schemas/agent.ts';
import type { Verdict } from '../driver.ts';
import type { Transcript } from '../transcript.ts';
import { addUsage, NO_USAGE } from '../usage.ts';
import type { Note } from './dialect.ts';
import { judgeRetry } from './judge-retry.ts';

/** A turn's requests to the provider, as far as its program tells of them. */
export interface Requests {
  read(note: Note): void;
  /** The HTTP status of the newest request, if it was refused. */
  refused(): number | null;
  /** The newest request was refused and is to be repeated. */
  isRetrying(): boolean;
  /** Of all requests that were answered. */
  usage(): UsageTotals;
}

export function followRequests(parts: {
  transcript: Transcript;
  now: () => number;
  /** The program will wait for longer than a turn should: the turn's verdict. */
  onLongPause: (verdict: Verdict) => void;
}): Requests {
  let refused: number | null = null;
  let isRetrying = false;
  let usage = NO_USAGE;

  function read(note: Note): void {
    switch (note.kind) {
      case 'refused':
        refused = note.status;
        return;
      case 'retry': {
        const { attempt, at, error } = note;
        isRetrying = true;
        const delayMs = Math.max(0, Math.round(at - parts.now()));
        parts.transcript.retry({ attempt, delayMs, status: refused, error });
        const verdict = judgeRetry({ attempt, at, status: refused, error }, parts.now());
        if (verdict !== null) parts.onLongPause(verdict);
        return;
      }
      case 'answered':
        refused = null;
        isRetrying = false;
        usage = addUsage(usage, note.usage);
    }
  }

  return { read, refused: () => refused, isRetrying: () => isRetrying, usage: () => usage };
}
