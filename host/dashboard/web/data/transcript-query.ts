import { type InfiniteData, type QueryClient, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import type { AgentName } from '../../../../protocol/names.ts';
import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import { isTranscript, TRANSCRIPT_KINDS } from './affected-by.ts';
import { callHive } from './api.ts';

const PAGE = 200;
const NEWEST = Number.MAX_SAFE_INTEGER;
/** Live events buffered for pages that are being fetched when the events arrive. */
const KEPT = 3_000;
/** The most events of a page that stays open for days; beyond this the oldest are dropped and can be loaded again. */
const LONGEST_PAGE = 2_000;

interface Page {
  events: HiveEvent[];
  /** The seq before which older events are requested; 0 when there are none. */
  before: number;
}

const recentOf = new WeakMap<QueryClient, HiveEvent[]>();

/** An agent's transcript: the newest page, older pages on demand, live events appended. */
export function useTranscript(agent: string) {
  const queries = useQueryClient();
  return useInfiniteQuery({
    queryKey: ['transcript', agent],
    initialPageParam: NEWEST,
    queryFn: async ({ pageParam, signal }): Promise<Page> => {
      const input = { agent: agent as AgentName, kinds: TRANSCRIPT_KINDS, before: pageParam, limit: PAGE };
      const { events: found, downTo } = await callHive('listEvents', input, signal);
      const events = found.toSorted((a, b) => a.seq - b.seq);
      const page = { events, before: downTo ?? (events.length >= PAGE ? (events[0]?.seq ?? 0) : 0) };
      return pageParam === NEWEST ? extend(page, agent, recentOf.get(queries) ?? []) : page;
    },
    getNextPageParam: ({ before }) => (before > 0 ? before : undefined),
    select: ({ pages }) => pages.toReversed().flatMap((page) => page.events),
  });
}

/** Appends live events to all cached transcripts. */
export function appendTranscript(queries: QueryClient, batch: readonly HiveEvent[]): void {
  const lines = batch.filter((event) => event.agent !== null && isTranscript(event));
  if (lines.length === 0) return;
  recentOf.set(queries, [...(recentOf.get(queries) ?? []), ...lines].slice(-KEPT));
  for (const agent of new Set(lines.map((event) => event.agent)))
    queries.setQueryData<InfiniteData<Page>>(['transcript', agent], (data) => {
      const [newest, ...older] = data?.pages ?? [];
      if (data === undefined || newest === undefined || agent === null) return data;
      const extended = extend(newest, agent, lines);
      return { ...data, pages: [older.length === 0 ? cut(extended) : extended, ...older] };
    });
}

function extend(page: Page, agent: string, lines: readonly HiveEvent[]): Page {
  const last = page.events.at(-1)?.seq ?? 0;
  const fresh = lines.filter((event) => event.agent === agent && event.seq > last);
  return fresh.length === 0 ? page : { ...page, events: [...page.events, ...fresh] };
}

function cut(page: Page): Page {
  if (page.events.length <= LONGEST_PAGE) return page;
  const events = page.events.slice(-LONGEST_PAGE / 2);
  return { events, before: events[0]?.seq ?? page.before };
}
