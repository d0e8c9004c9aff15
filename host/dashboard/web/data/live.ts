import type { QueryClient } from '@tanstack/react-query';
import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import { affectedBy, type Affected } from './affected-by.ts';
import { callHive } from './api.ts';
import { appendTranscript } from './transcript-query.ts';

/** connecting: not yet. live: events arrive. broken: they do not; `since` is when that was noticed. */
export type LiveState = { readonly is: 'connecting' | 'live' } | { readonly is: 'broken'; readonly since: number };

/** The one connection over which the page learns what changed. */
export interface Live {
  readonly state: () => LiveState;
  /** Calls back when the state changed; returns how to stop that. */
  subscribe(onChange: () => void): () => void;
  /** Connects, to begin with after `afterSeq`; returns how to end it. */
  start(afterSeq: number): () => void;
}

/** Events are applied in batches: a busy fleet has hundreds a second, eyes have not. */
const BATCH_MS = 250;
/** Missed more than this: ask for everything again rather than replay it. */
const REPLAY_LIMIT = 2_000;
const RETRY_MS = 2_000;

/**
 * Will follow hived's event log through one EventSource.
 *
 *   connecting ──open──► live ──error──► broken ──open──► live
 *
 * The browser resumes with Last-Event-ID by itself; every id is applied once. While broken, the
 * status is asked for: a log that is far ahead (or that begins anew, in another hive) is not
 * replayed; everything shown is asked for again and the stream starts at its end.
 */
export function createLive(queries: QueryClient): Live {
  const listeners = new Set<() => void>();
  let state: LiveState = { is: 'connecting' };
  let seen = 0;
  let waiting: HiveEvent[] = [];
  let flushTimer: number | undefined;
  let retryTimer: number | undefined;
  let source: EventSource | null = null;

  function become(next: LiveState): void {
    if (state.is === next.is) return;
    state = next;
    for (const listener of listeners) listener();
  }

  function open(): EventSource {
    const opened = new EventSource(`/api/events/stream?after=${seen}`);
    opened.addEventListener('message', (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as HiveEvent;
      become({ is: 'live' });
      if (event.seq <= seen) return;
      seen = event.seq;
      waiting.push(event);
      flushTimer ??= window.setTimeout(flush, BATCH_MS);
    });
    opened.addEventListener('open', () => become({ is: 'live' }));
    opened.addEventListener('error', () => {
      if (opened !== source) return;
      become({ is: 'broken', since: Date.now() });
      void queries.invalidateQueries({ queryKey: ['status'] });
      retryTimer ??= window.setTimeout(() => void mend(), RETRY_MS);
    });
    return opened;
  }

  function flush(): void {
    flushTimer = undefined;
    const batch = waiting;
    waiting = [];
    appendTranscript(queries, batch);
    const touched = new Set<Affected>(batch.flatMap((event) => affectedBy(event)));
    for (const name of touched) void queries.invalidateQueries({ queryKey: [name] });
  }

  async function mend(): Promise<void> {
    const status = await callHive('status', {}).catch(() => null);
    retryTimer = undefined;
    if (state.is !== 'broken') return;
    if (status === null) {
      retryTimer = window.setTimeout(() => void mend(), RETRY_MS);
      return;
    }
    const missed = status.lastSeq - seen;
    if (missed > REPLAY_LIMIT || missed < 0) {
      seen = status.lastSeq;
      void queries.invalidateQueries();
    } else if (source?.readyState !== EventSource.CLOSED) return;
    source?.close();
    source = open();
  }

  return {
    state: () => state,
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    start(afterSeq) {
      seen = Math.max(seen, afterSeq);
      source = open();
      return () => {
        window.clearTimeout(flushTimer);
        window.clearTimeout(retryTimer);
        flushTimer = undefined;
        retryTimer = undefined;
        source?.close();
        source = null;
      };
    },
  };
}
