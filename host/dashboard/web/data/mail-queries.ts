import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { AgentName } from '../../../../protocol/names.ts';
import type { QuestionView } from '../../../../protocol/schemas/message.ts';
import { callHive } from './api.ts';
import { useFleet } from './queries.ts';

/** The queries of the pages about messages. Lists are paged: each page is requested with `before` the last entry of the previous one. */

const THREADS_PAGE = 50;
const THREAD_PAGE = 50;
const DEAD_PAGE = 50;
const SEARCH_PAGE = 25;
const QUESTIONS_MOST = 200;
/** The largest page that hived returns. */
const QUESTIONS_MOST_OF_THREAD = 1_000;
const FIRST = undefined as number | undefined;

export function useThreads() {
  return useInfiniteQuery({
    queryKey: ['threads', 'list'],
    initialPageParam: FIRST,
    queryFn: ({ pageParam, signal }) => callHive('listThreads', { limit: THREADS_PAGE, before: pageParam }, signal),
    getNextPageParam: ({ threads }) => (threads.length < THREADS_PAGE ? undefined : threads.at(-1)?.lastId),
    select: ({ pages }) => pages.flatMap(({ threads }) => threads),
  });
}

/** A thread with its newest messages in ascending order; the "next" page holds earlier messages. */
export function useThread(id: number) {
  return useInfiniteQuery({
    queryKey: ['threads', 'one', id],
    initialPageParam: FIRST,
    queryFn: ({ pageParam, signal }) => callHive('getThread', { id, limit: THREAD_PAGE, before: pageParam }, signal),
    getNextPageParam: ({ more, messages }) => (more ? messages[0]?.id : undefined),
    select: ({ pages }) => ({
      thread: pages[0]?.thread,
      messages: pages.toReversed().flatMap(({ messages }) => messages),
    }),
  });
}

/** The operator's open questions, which the sidebar counts. Fetched after the fleet: see LiveProvider. */
export function useOpenQuestions() {
  const isBegun = useFleet().data !== undefined;
  return useQuery({
    queryKey: ['questions', 'open'],
    queryFn: ({ signal }) => callHive('listQuestions', { limit: QUESTIONS_MOST }, signal),
    enabled: isBegun,
  });
}

/** All questions to the operator, including closed ones. */
export function useQuestions() {
  return useQuery({
    queryKey: ['questions', 'all'],
    queryFn: ({ signal }) => callHive('listQuestions', { state: 'all', limit: QUESTIONS_MOST }, signal),
  });
}

/** The questions of a thread by message id. Fetched only when the thread has questions. */
export function useQuestionsOf(thread: number, hasSome: boolean) {
  return useQuery({
    queryKey: ['questions', 'of', thread],
    queryFn: ({ signal }) =>
      callHive('listQuestions', { of: '*', state: 'all', thread, limit: QUESTIONS_MOST_OF_THREAD }, signal),
    enabled: hasSome,
    select: ({ questions }): ReadonlyMap<number, QuestionView> => new Map(questions.map((one) => [one.id, one])),
  });
}

/** Dead letters of all agents or of one; `total` includes pages that are not loaded. */
export function useDead(agent: AgentName | null) {
  return useInfiniteQuery({
    queryKey: ['dead', agent],
    initialPageParam: FIRST,
    queryFn: ({ pageParam, signal }) =>
      callHive('listDead', { limit: DEAD_PAGE, before: pageParam, ...(agent === null ? {} : { agent }) }, signal),
    getNextPageParam: ({ dead }) => (dead.length < DEAD_PAGE ? undefined : dead.at(-1)?.delivery),
    select: ({ pages }) => ({ dead: pages.flatMap(({ dead }) => dead), total: pages[0]?.total ?? 0 }),
    placeholderData: keepPreviousData,
  });
}

/** Messages that match the query, newest first. Events do not refetch them, so that results do not move while being read. */
export function useSearch(query: string) {
  return useInfiniteQuery({
    queryKey: ['search', query],
    initialPageParam: FIRST,
    queryFn: ({ pageParam, signal }) =>
      callHive('searchMessages', { query, limit: SEARCH_PAGE, before: pageParam }, signal),
    getNextPageParam: ({ hits }) => (hits.length < SEARCH_PAGE ? undefined : hits.at(-1)?.id),
    select: ({ pages }) => pages.flatMap(({ hits }) => hits),
    staleTime: 0,
    placeholderData: keepPreviousData,
  });
}

export function useTopics() {
  return useQuery({ queryKey: ['topics'], queryFn: ({ signal }) => callHive('listTopics', {}, signal) });
}
