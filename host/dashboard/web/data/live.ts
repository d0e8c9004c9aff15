import type { QueryClient } from '@tanstack/react-query';
import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import { affectedBy, type Affected } from './affected-by.ts';
import { callHive, readStreamed } from './api.ts';
import { pullKeysChangedBy } from './pull-keys.ts';
import { createFleetRefresh } from './refresh-fleet.ts';
import { joinTabs, type TabLink, type TabMessage } from './tabs.ts';
import { appendTranscript } from './transcript-query.ts';

/** connecting: not connected yet. live: events arrive. broken: the connection was lost; `since` is when that was noticed. */
export type LiveState = { readonly is: 'connecting' | 'live' } | { readonly is: 'broken'; readonly since: number };

/** The page's connection for live events. */
export interface Live {
  readonly state: () => LiveState;
  /** Calls `onChange` after each change of state; returns the function that unsubscribes. */
  subscribe(onChange: () => void): () => void;
  /** Connects and receives the events after `afterSeq`; returns the function that disconnects. */
  start(afterSeq: number): () => void;
}

/** Events are applied in batches: a busy fleet has hundreds a second, more than a reader can follow. */
const BATCH_MS = 250;
/** Events buffered for tabs that join or take over; a tab that needs older ones refetches everything. */
const KEPT_EVENTS = 2_000;
/** After missing more events than this, refetch everything instead of replaying them. */
const REPLAY_LIMIT = 2_000;
const RETRY_MS = 2_000;

/**
 * Follows hived's event log through one EventSource for all tabs of the browser (tabs.ts): a browser allows six
 * connections to a host, and each stream occupies one.
 *
 *   role:   follower ──lock──► leader        (a follower joins each new leader at its own last seq)
 *   state:  connecting ──open──► live ──error──► broken ──open──► live
 *
 * The leader's EventSource reconnects with Last-Event-ID by itself; each event is applied once in every tab. While broken,
 * the leader polls the status: when the log is far ahead, or behind (another hive, a new log), it is not replayed; all
 * queries are refetched and the stream starts at the end of the log.
 */
export function createLive(queries: QueryClient): Live {
  const listeners = new Set<() => void>();
  const fleet = createFleetRefresh(queries);
  let state: LiveState = { is: 'connecting' };
  let seen = 0;

  function setState(is: 'live' | 'broken'): void {
    if (state.is === is) return;
    state = is === 'live' ? { is } : { is, since: Date.now() };
    for (const listener of listeners) listener();
  }

  function begin(): () => void {
    /** The latest events in order; contains every event after `keptFrom`. */
    const kept: HiveEvent[] = [];
    let keptFrom = seen;
    let waiting: HiveEvent[] = [];
    let flushTimer: number | undefined;
    let retryTimer: number | undefined;
    let source: EventSource | null = null;
    let role: 'follower' | 'leader' = 'follower';
    /** While false, broadcasts are ignored: the leader's answer to the join will contain them. */
    let isJoined = false;
    let isOver = false;
    let link: TabLink | null = null;

    function accept(event: HiveEvent): void {
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
      for (const queryKey of pullKeysChangedBy(batch)) void queries.invalidateQueries({ queryKey });
    }

    function resetTo(seq: number): void {
      seen = seq;
      kept.length = 0;
      keptFrom = seq;
      void queries.invalidateQueries();
    }

    function shareState(live: boolean): void {
      setState(live ? 'live' : 'broken');
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
        const event = readStreamed('followEvents', message.data);
        if (state.is !== 'live') shareState(true);
        accept(event);
        link?.post({ is: 'event', event });
      });
      opened.addEventListener('open', () => opened === source && shareState(true));
      opened.addEventListener('error', () => {
        if (opened !== source) return;
        shareState(false);
        void queries.invalidateQueries({ queryKey: ['status'] });
        retryTimer ??= window.setTimeout(() => void recover(), RETRY_MS);
      });
      return opened;
    }

    async function recover(): Promise<void> {
      const status = await callHive('status', {}).catch(() => null);
      retryTimer = undefined;
      if (isOver || state.is !== 'broken') return;
      if (status === null) {
        retryTimer = window.setTimeout(() => void recover(), RETRY_MS);
        return;
      }
      const missed = status.lastSeq - seen;
      if (missed > REPLAY_LIMIT || missed < 0) {
        resetTo(status.lastSeq);
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
        if (message.is === 'joined') for (const event of message.events) accept(event);
        else resetTo(message.seen);
        if (message.live) setState('live');
      } else if (!isJoined) return;
      else if (message.is === 'event') accept(message.event);
      else if (message.is === 'reset') resetTo(message.seen);
      else if (message.is === 'state') setState(message.live ? 'live' : 'broken');
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
