import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import { createTranscriptModel, type TranscriptModel } from './transcript-model.ts';

/** A page of an agent's log, oldest event first, and how far it was searched. */
export interface LogPage {
  readonly events: readonly HiveEvent[];
  /** With `before`: the number before which the next older page ends; 0 at the beginning of the log. */
  readonly downTo: number;
  /** With `after`: the number up to which the log was searched. */
  readonly upTo: number;
  /** The newest number of the whole log. */
  readonly lastSeq: number;
}

/** An agent's log. */
export interface Log {
  /** A page before a number (the newest events of these), or after one. */
  read(place: { before: number } | { after: number }): Promise<LogPage>;
  /** Live events that are still remembered, oldest first: all after the number `since`. */
  recent(): { readonly events: readonly HiveEvent[]; readonly since: number };
}

/**
 * The part of an agent's log that the page holds: without gaps, and bounded. It either reaches to the newest event, and
 * grows with each new one, or lies further back, and grows by pages in both directions.
 */
export interface TranscriptWindow {
  readonly model: TranscriptModel;
  /** Older events can be loaded. */
  hasOlder(): boolean;
  /** The event lies within it, also if no row shows it. */
  holds(seq: number): boolean;
  /** It reaches to the newest event. */
  isNewest(): boolean;
  /** What is being loaded now. */
  loading(): 'older' | 'newer' | null;
  /** Why the last load failed; null when it worked. */
  problem(): Error | null;
  loadOlder(): Promise<void>;
  loadNewer(): Promise<void>;
  /** A new event of this agent; of another time than the newest it is left for `loadNewer`. */
  add(events: readonly HiveEvent[]): void;
  /** Rows that came as new events so far. */
  live(): number;
  /** Calls `onChange` after each change; returns the function that unsubscribes. */
  subscribe(onChange: () => void): () => void;
  /** Changes with each change. */
  version(): number;
}

/** The most rows that are held; beyond it a quarter is dropped at the far end, and can be loaded again. */
const MOST_ROWS = 20_000;

/** The window on the newest events. */
export async function openNewest(log: Log, mostRows?: number): Promise<TranscriptWindow> {
  const page = await log.read({ before: Number.MAX_SAFE_INTEGER });
  return createWindow(log, { events: page.events, from: page.downTo, to: lastOf(page), isWhole: true, mostRows });
}

/** The window around an event: a page before it, and one from it on. */
export async function openAround(seq: number, log: Log): Promise<TranscriptWindow> {
  const [older, newer] = await Promise.all([log.read({ before: seq }), log.read({ after: seq - 1 })]);
  const events = [...older.events, ...newer.events];
  return createWindow(log, { events, from: older.downTo, to: newer.upTo, isWhole: newer.upTo >= newer.lastSeq });
}

function createWindow(
  log: Log,
  begin: {
    events: readonly HiveEvent[];
    from: number;
    to: number;
    /** It has all events that the log had. */
    isWhole: boolean;
    mostRows?: number | undefined;
  },
): TranscriptWindow {
  const model = createTranscriptModel();
  const listeners = new Set<() => void>();
  const { mostRows = MOST_ROWS } = begin;
  let { from, to } = begin;
  let newest = false;
  let loading: 'older' | 'newer' | null = null;
  let problem: Error | null = null;
  let live = 0;
  let version = 0;

  function changed(): void {
    version += 1;
    for (const listener of listeners) listener();
  }

  async function load(which: 'older' | 'newer', work: () => Promise<void>): Promise<void> {
    if (loading !== null) return;
    loading = which;
    changed();
    try {
      await work();
      problem = null;
    } catch (error) {
      problem = error instanceof Error ? error : new Error(String(error));
    } finally {
      loading = null;
      changed();
    }
  }

  /** It has all events that the log had: with those that arrived meanwhile, it reaches to the newest. */
  function reachEnd(): void {
    const { events, since } = log.recent();
    // Further ones are in the log only.
    if (since > to) return;
    newest = true;
    add(events);
  }

  function add(events: readonly HiveEvent[]): void {
    const fresh = events.filter(({ seq }) => seq > to);
    const last = fresh.at(-1);
    if (!newest || last === undefined) return;
    to = last.seq;
    const before = model.count();
    model.append(fresh);
    live += model.count() - before;
    if (model.count() > mostRows) from = model.dropFirst(Math.ceil(mostRows / 4));
    changed();
  }

  model.append(begin.events);
  if (begin.isWhole) reachEnd();

  return {
    model,
    hasOlder: () => from > 0,
    holds: (seq) => seq >= from && (newest || seq <= to),
    isNewest: () => newest,
    loading: () => loading,
    problem: () => problem,
    loadOlder: () =>
      load('older', async () => {
        if (from === 0) return;
        const page = await log.read({ before: from });
        from = page.downTo;
        model.prepend(page.events);
        if (model.count() <= mostRows) return;
        to = model.dropLast(Math.ceil(mostRows / 4));
        newest = false;
      }),
    loadNewer: () =>
      load('newer', async () => {
        if (newest) return;
        const page = await log.read({ after: to });
        to = page.upTo;
        model.append(page.events);
        if (model.count() > mostRows) from = model.dropFirst(Math.ceil(mostRows / 4));
        if (page.upTo >= page.lastSeq) reachEnd();
      }),
    live: () => live,
    add,
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    version: () => version,
  };
}

function lastOf({ events, lastSeq }: LogPage): number {
  return Math.max(lastSeq, events.at(-1)?.seq ?? 0);
}
