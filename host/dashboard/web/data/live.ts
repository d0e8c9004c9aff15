import type { QueryClient } from '@tanstack/react-query';
import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import { affectedBy, type Affected } from './affected-by.ts';
import { callHive, readEvent } from './api.ts';
import { createFleetRefresh } from './refresh-fleet.ts';
import { joinTabs, type TabLink, type TabMessage } from './tabs.ts';
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
/** Kept for tabs that join, or that take over; one that needs older events asks for everything again. */
const KEPT_EVENTS = 2_000;
/** Missed more than this: ask for everything again rather than replay it. */
const REPLAY_LIMIT = 2_000;
const RETRY_MS = 2_000;

/**
 * Will follow hived's event log through one EventSource for all tabs of the browser (tabs.ts): a browser has six
 * connections to a host, and a stream keeps one.
 *
 *   role:   follower ──lock──► leader        (a follower joins each new leader after what it has seen)
 *   state:  connecting ──open──► live ──error──► broken ──open──► live
 *
 * The leader's browser resumes with Last-Event-ID by itself; every id is applied once in every tab. While broken,
 * the leader asks for the status: a log that is far ahead (or that begins anew, in another hive) is not
 * replayed; everything shown is asked for again and the stream starts at its end.
 */
export function createLive(queries: QueryClient): Live {
  const listeners = new Set<() => void>();
  const fleet = createFleetRefresh(queries);
  let state: LiveState = { is: 'connecting' };
  let seen = 0;

  function become(is: 'live' | 'broken'): void {
    if (state.is === is) return;
    state = is === 'live' ? { is } : { is, since: Date.now() };
    for (const listener of listeners) listener();
  }

  function begin(): () => void {
    /** The latest events in order; complete from after `keptFrom` on. */
    const kept: HiveEvent[] = [];
    let keptFrom = seen;
    let waiting: HiveEvent[] = [];
    let flushTimer: number | undefined;
    let retryTimer: number | undefined;
    let source: EventSource | null = null;
    let role: 'follower' | 'leader' = 'follower';
    /** Until the leader answered, what it says to all is in its answer too. */
    let isJoined = false;
    let isOver = false;
    let link: TabLink | null = null;

    function take(event: HiveEvent): void {
      if (event.seq <= seen) return;
      seen = event.seq;
      kept.push(event);
      if (kept.length > KEPT_EVENTS) keptFrom = kept.shift()?.seq ?? keptFrom;
      waiting.push(event);
      flushTimer ??= window.setTimeout(flush, BATCH_MS);
    }

    function flush(): void {
      flushTimer = undefined;
      const batch = waiting;
      waiting = [];
      appendTranscript(queries, batch);
      const touched = new Set<Affected>(batch.flatMap((event) => affectedBy(event)));
      if (touched.delete('agents')) fleet.applyEvents(batch);
      for (const name of touched) void queries.invalidateQueries({ queryKey: [name] });
    }

    function goOnAt(seq: number): void {
      seen = seq;
      kept.length = 0;
      keptFrom = seq;
      void queries.invalidateQueries();
    }

    function tell(live: boolean): void {
      become(live ? 'live' : 'broken');
      link?.post({ is: 'state', live });
    }

    function lead(): void {
      role = 'leader';
      source = open();
      link?.post({ is: 'leading' });
    }

    function open(): EventSource {
      const opened = new EventSource(`/api/events/stream?after=${seen}`);
      opened.addEventListener('message', (message: MessageEvent<string>) => {
        if (opened !== source) return;
        const event = readEvent(message.data);
        if (state.is !== 'live') tell(true);
        take(event);
        link?.post({ is: 'event', event });
      });
      opened.addEventListener('open', () => opened === source && tell(true));
      opened.addEventListener('error', () => {
        if (opened !== source) return;
        tell(false);
        void queries.invalidateQueries({ queryKey: ['status'] });
        retryTimer ??= window.setTimeout(() => void mend(), RETRY_MS);
      });
      return opened;
    }

    async function mend(): Promise<void> {
      const status = await callHive('status', {}).catch(() => null);
      retryTimer = undefined;
      if (isOver || state.is !== 'broken') return;
      if (status === null) {
        retryTimer = window.setTimeout(() => void mend(), RETRY_MS);
        return;
      }
      const missed = status.lastSeq - seen;
      if (missed > REPLAY_LIMIT || missed < 0) {
        goOnAt(status.lastSeq);
        link?.post({ is: 'reset', seen });
      } else if (source?.readyState !== EventSource.CLOSED) return;
      source?.close();
      source = open();
    }

    function answerJoin({ from, after }: TabMessage & { is: 'join' }): void {
      const live = state.is === 'live';
      if (after < keptFrom) link?.post({ is: 'lost', to: from, seen, live });
      else link?.post({ is: 'joined', to: from, events: kept.filter(({ seq }) => seq > after), live });
    }

    function follow(message: TabMessage): void {
      if (message.is === 'leading') {
        isJoined = false;
        link?.post({ is: 'join', from: link.id, after: seen });
      } else if ((message.is === 'joined' || message.is === 'lost') && message.to === link?.id) {
        isJoined = true;
        if (message.is === 'joined') for (const event of message.events) take(event);
        else goOnAt(message.seen);
        if (message.live) become('live');
      } else if (!isJoined) return;
      else if (message.is === 'event') take(message.event);
      else if (message.is === 'reset') goOnAt(message.seen);
      else if (message.is === 'state') become(message.live ? 'live' : 'broken');
    }

    link = joinTabs({
      lead,
      message(message) {
        if (isOver) return;
        if (role === 'follower') follow(message);
        else if (message.is === 'join') answerJoin(message);
      },
    });
    if ((role as string) === 'follower') link.post({ is: 'join', from: link.id, after: seen });

    return () => {
      isOver = true;
      window.clearTimeout(flushTimer);
      window.clearTimeout(retryTimer);
      source?.close();
      source = null;
      link?.leave();
    };
  }

  return {
    state: () => state,
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    start(afterSeq) {
      seen = Math.max(seen, afterSeq);
      return begin();
    },
  };
}
