import type { EventData, EventKind, HiveEvent } from '../../../protocol/schemas/event.ts';
import type { Db } from '../../../store/open-store.ts';
import { eventsAfter, insertEvent, lastSeq } from './store/events.ts';
import type { Tx, Writer } from './writer.ts';
import { createWakeups } from '../../../system/pause.ts';

/**
 * The log of facts. An event is written in the transaction of what it tells of, so there is never
 * one without the other; subscribers hear of it after the commit, in order of sequence.
 */
export interface EventLog {
  /** Adds an event to a transaction under way. */
  append<K extends EventKind>(tx: Tx, kind: K, event: { agent?: string | null; data: EventData<K> }): void;
  /** An event of its own, for facts that no transaction changes anything for. */
  record<K extends EventKind>(kind: K, event: { agent?: string | null; data: EventData<K> }): Promise<void>;
  /** Everything after a sequence number and then what comes, in order, without gap or duplicate. */
  follow(
    query: { after: number | null; agent: string | null; keep: (kind: string) => boolean },
    signal: AbortSignal,
  ): AsyncGenerator<HiveEvent>;
  /** Called within the transaction of each event of that kind, whose cause is undone when the listener throws. */
  during<K extends EventKind>(kind: K, listener: (tx: Tx, data: EventData<K>) => void): void;
  /** Hears of every event after its commit; returns how to stop. */
  subscribe(listener: (event: HiveEvent) => void): () => void;
}

export function createEventLog(deps: {
  db: Db;
  writer: Writer;
  clock: () => number;
  /** Told what a listener threw; the other listeners hear of the event all the same. */
  onListenerError: (error: unknown) => void;
}): EventLog {
  const { db, writer, clock, onListenerError } = deps;
  const listeners = new Set<(event: HiveEvent) => void>();
  const during = new Map<EventKind, ((tx: Tx, data: never) => void)[]>();

  function append<K extends EventKind>(tx: Tx, kind: K, event: { agent?: string | null; data: EventData<K> }): void {
    const stored = insertEvent(tx.db, { at: clock(), kind, agent: event.agent ?? null, data: event.data });
    tx.after(() => {
      for (const listener of listeners) {
        try {
          listener(stored);
        } catch (error) {
          onListenerError(error);
        }
      }
    });
    for (const listener of during.get(kind) ?? []) listener(tx, event.data as never);
  }

  function subscribe(listener: (event: HiveEvent) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Reads pages from the store; the notice of a commit only says that there is more to read. */
  async function* follow(
    query: { after: number | null; agent: string | null; keep: (kind: string) => boolean },
    signal: AbortSignal,
  ): AsyncGenerator<HiveEvent> {
    let after = query.after ?? lastSeq(db);
    let fresh = true;
    const wakeups = createWakeups();
    const stop = subscribe(() => {
      fresh = true;
      wakeups.wake();
    });
    try {
      while (!signal.aborted) {
        fresh = false;
        const page = eventsAfter(db, { after, agent: query.agent, limit: 500 });
        for (const event of page) {
          if (signal.aborted) return;
          after = event.seq;
          if (query.keep(event.kind)) yield event;
        }
        if (page.length > 0 || fresh) continue;
        await wakeups.wait(Infinity, signal);
      }
    } finally {
      stop();
    }
  }

  return {
    append,
    subscribe,
    follow,
    during: (kind, listener) => void during.set(kind, [...(during.get(kind) ?? []), listener]),
    record: (kind, event) => writer.writeVital((tx) => append(tx, kind, event)),
  };
}

/** `turn.*,message.sent` as a predicate over kinds; no list keeps everything. */
export function keepKinds(list: string | undefined): (kind: string) => boolean {
  if (list === undefined || list === '') return () => true;
  const wanted = list.split(',').map((word) => word.trim());
  const exact = new Set(wanted.filter((word) => !word.endsWith('.*')));
  const families = wanted.filter((word) => word.endsWith('.*')).map((word) => word.slice(0, -1));
  return (kind) => exact.has(kind) || families.some((family) => kind.startsWith(family));
}
