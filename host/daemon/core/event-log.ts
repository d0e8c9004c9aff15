import type { EventData, EventKind, HiveEvent } from '../../../protocol/schemas/event.ts';
import type { Db } from '../../../store/open-store.ts';
import { eventsAfter, insertEvents, lastSeq, type NewEvent } from './store/events.ts';
import type { Tx, Writer } from './writer.ts';
import { createWakeups } from '../../../system/pause.ts';

/**
 * The event log. An event is written in the transaction of its cause, so that neither exists without the other;
 * subscribers receive it after the commit, in sequence order.
 */
export interface EventLog {
  /** Adds an event to the caller's transaction. */
  append<K extends EventKind>(tx: Tx, kind: K, event: { agent?: string | null; data: EventData<K> }): void;
  /** The same for many events of an agent, in their order. */
  appendAll(tx: Tx, agent: string, events: readonly EncodedEvent[]): void;
  /** Stores an event in a transaction of its own, for facts without other changes. */
  record<K extends EventKind>(kind: K, event: { agent?: string | null; data: EventData<K> }): Promise<void>;
  /** Every event after a sequence number, first stored and then new ones, in order, without gap or duplicate. */
  follow(
    query: { after: number | null; agent: string | null; keep: (kind: string) => boolean },
    signal: AbortSignal,
  ): AsyncGenerator<HiveEvent>;
  /** Called inside the transaction of each event of that kind; a listener that throws rolls the transaction back. */
  during<K extends EventKind>(kind: K, listener: (tx: Tx, data: EventData<K>) => void): void;
  /** Receives every event after its commit; returns a function that unsubscribes. */
  subscribe(listener: (event: HiveEvent) => void): () => void;
}

/** An event with its data in JSON, too, by a caller that needed it. */
export interface EncodedEvent {
  readonly kind: EventKind;
  readonly data: EventData<EventKind>;
  readonly json: string;
}

/** Some milliseconds of work. */
const PAGES_AT_ONCE = 4;

export function createEventLog(deps: {
  db: Db;
  writer: Writer;
  clock: () => number;
  /** Replaces secrets in events' data; by default there are none. */
  redact?: <T>(data: T) => T;
  /** Receives errors thrown by listeners; the other listeners get the event all the same. */
  onListenerError: (error: unknown) => void;
}): EventLog {
  const { db, writer, clock, redact = (data) => data, onListenerError } = deps;
  const listeners = new Set<(event: HiveEvent) => void>();
  const during = new Map<EventKind, ((tx: Tx, data: never) => void)[]>();

  function append<K extends EventKind>(tx: Tx, kind: K, event: { agent?: string | null; data: EventData<K> }): void {
    const data = redact(event.data);
    store(tx, [{ at: clock(), kind, agent: event.agent ?? null, data, json: JSON.stringify(data) }]);
  }

  function appendAll(tx: Tx, agent: string, given: readonly EncodedEvent[]): void {
    const at = clock();
    const encoded = given.map(({ kind, data: before, json }) => {
      const data = redact(before);
      return { at, kind, agent, data, json: data === before ? json : JSON.stringify(data) };
    });
    store(tx, encoded);
  }

  function store(tx: Tx, added: readonly NewEvent[]): void {
    const stored = insertEvents(tx.db, added);
    tx.after(() => {
      for (const event of stored)
        for (const listener of listeners) {
          try {
            listener(event);
          } catch (error) {
            onListenerError(error);
          }
        }
    });
    for (const { kind, data } of added) for (const listener of during.get(kind) ?? []) listener(tx, data as never);
  }

  function subscribe(listener: (event: HiveEvent) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /**
   * Reads pages from the store; the notification of a commit only means that there is more to read. A follower that is
   * far behind leaves the thread to everybody else after some pages: a socket that takes all at once never does.
   */
  async function* follow(
    query: { after: number | null; agent: string | null; keep: (kind: string) => boolean },
    signal: AbortSignal,
  ): AsyncGenerator<HiveEvent> {
    let after = query.after ?? lastSeq(db);
    let fresh = true;
    let pages = 0;
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
        pages += 1;
        if (pages % PAGES_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
        if (page.length > 0 || fresh) continue;
        await wakeups.wait(Infinity, signal);
      }
    } finally {
      stop();
    }
  }

  return {
    append,
    appendAll,
    subscribe,
    follow,
    during: (kind, listener) => void during.set(kind, [...(during.get(kind) ?? []), listener]),
    record: (kind, event) => writer.writeVital((tx) => append(tx, kind, event)),
  };
}

/** `turn.*,message.sent` as a predicate over kinds; without a list every kind matches. */
export function matchKinds(list: string | undefined): (kind: string) => boolean {
  if (list === undefined || list === '') return () => true;
  const wanted = list.split(',').map((word) => word.trim());
  const exact = new Set(wanted.filter((word) => !word.endsWith('.*')));
  const families = wanted.filter((word) => word.endsWith('.*')).map((word) => word.slice(0, -1));
  return (kind) => exact.has(kind) || families.some((family) => kind.startsWith(family));
}
