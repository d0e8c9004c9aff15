import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';
import type { AgentName } from '../../../../protocol/names.ts';
import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import { isTranscript, TRANSCRIPT_KINDS } from './affected-by.ts';
import { callHive } from './api.ts';
import { type Log, openAround, openNewest, type TranscriptWindow } from './transcript-window.ts';

const PAGE = 200;
/** Live events remembered for pages that are being fetched when the events arrive. */
const KEPT = 3_000;

/** The newest live events of all agents; `since`: the number of the last one that was forgotten. */
interface Recent {
  events: HiveEvent[];
  since: number;
}

const recentOf = new WeakMap<QueryClient, Recent>();

/** An agent's transcript: the newest part of its log, or the part around a place. */
export function useTranscript(agent: string) {
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: ['transcript', agent],
    queryFn: () => {
      // Whoever reads further back is not moved: newer events are loaded when they are scrolled to.
      const read = queries.getQueryData<TranscriptWindow>(['transcript', agent]);
      return read !== undefined && !read.isNewest() ? read : openNewest(logOf(agent, queries));
    },
    // Live events keep it up to date.
    staleTime: Infinity,
    structuralSharing: false,
  });
  /** The part that is held now, also within a callback. */
  const held = useCallback(() => queries.getQueryData<TranscriptWindow>(['transcript', agent]), [agent, queries]);
  const openAt = useCallback(
    async (seq: number | 'newest') => {
      const log = logOf(agent, queries);
      const window = await (seq === 'newest' ? openNewest(log) : openAround(seq, log));
      queries.setQueryData<TranscriptWindow>(['transcript', agent], window);
      return window;
    },
    [agent, queries],
  );
  return { ...query, held, openAt };
}

/** Re-renders with each change of the window. */
export function useWindowVersion(window: TranscriptWindow): number {
  return useSyncExternalStore(window.subscribe, window.version);
}

/** Passes live events on to the transcripts that are held. */
export function appendTranscript(queries: QueryClient, batch: readonly HiveEvent[]): void {
  const lines = batch.filter((event) => event.agent !== null && isTranscript(event));
  if (lines.length === 0) return;
  const all = [...(recentOf.get(queries)?.events ?? []), ...lines];
  const forgotten = all.at(-KEPT - 1);
  recentOf.set(queries, {
    events: all.slice(-KEPT),
    since: forgotten?.seq ?? recentOf.get(queries)?.since ?? 0,
  });
  for (const agent of new Set(lines.map((event) => event.agent)))
    queries.getQueryData<TranscriptWindow>(['transcript', agent])?.add(lines.filter((event) => event.agent === agent));
}

function logOf(agent: string, queries: QueryClient): Log {
  return {
    async read(place) {
      const input = { agent: agent as AgentName, kinds: TRANSCRIPT_KINDS, limit: PAGE, ...place };
      const { events: found, lastSeq, ...ends } = await callHive('listEvents', input);
      const events = found.toSorted((a, b) => a.seq - b.seq);
      const isFull = events.length >= PAGE;
      return {
        events,
        lastSeq,
        downTo: ends.downTo ?? (isFull ? (events[0]?.seq ?? 0) : 0),
        upTo: ends.upTo ?? (isFull ? (events.at(-1)?.seq ?? 0) : lastSeq),
      };
    },
    recent() {
      const { events = [], since = 0 } = recentOf.get(queries) ?? {};
      return { events: events.filter((event) => event.agent === agent), since };
    },
  };
}
