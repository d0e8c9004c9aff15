import { useInfiniteQuery } from '@tanstack/react-query';
import type { AgentName } from '../../../../protocol/names.ts';
import { callHive } from './api.ts';

const PAGE = 50;

/** The places in an agent's whole transcript that contain a text, newest first, page by page. Not searched while empty. */
export function useTranscriptSearch(name: AgentName, query: string) {
  return useInfiniteQuery({
    queryKey: ['transcript-search', name, query],
    enabled: query !== '',
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam, signal }) =>
      callHive(
        'searchTranscript',
        { name, query, limit: PAGE, ...(pageParam === undefined ? {} : { before: pageParam }) },
        signal,
      ),
    getNextPageParam: ({ downTo }) => (downTo > 0 ? downTo : undefined),
    select: ({ pages }) => pages.flatMap(({ hits }) => hits),
  });
}
