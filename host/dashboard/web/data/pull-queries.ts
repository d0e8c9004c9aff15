import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { HiveError } from '../../../../protocol/errors.ts';
import type { PullState } from '../../../../protocol/schemas/pull.ts';
import { callHive } from './api.ts';
import { PULL_KEYS, type PullPlace } from './pull-keys.ts';
import { PATCH_START, type PatchPlace, readPatch } from './read-patch.ts';

/** The queries about pull requests and branch rules. */

const PULLS_PAGE = 30;
/** Milliseconds between two looks at a pull request whose checks run. */
const CHECKS_MS = 5_000;
/** Characters of a page of a diff: some 5,000 lines. */
const DIFF_PAGE = 200_000;

export interface PullsFilter {
  readonly state: PullState;
  /** `owner/name`; empty: all. */
  readonly repo: string;
  /** Empty: everybody. */
  readonly author: string;
  /** Empty: with any labels or none. */
  readonly label: string;
}

/** Pull requests, the newest first. */
export function usePulls(filter: PullsFilter) {
  const [owner = '', name = ''] = filter.repo.split('/');
  const only = {
    state: filter.state,
    ...(filter.repo === '' ? {} : { owner: owner as never, name: name as never }),
    ...(filter.author === '' ? {} : { author: filter.author as never }),
    ...(filter.label === '' ? {} : { label: filter.label }),
  };
  return useInfiniteQuery({
    queryKey: [...PULL_KEYS.list, filter],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam, signal }) =>
      callHive('listPulls', { ...only, limit: PULLS_PAGE, before: pageParam }, signal),
    getNextPageParam: ({ next }) => next ?? undefined,
    select: ({ pages }) => pages.flatMap(({ pulls }) => pulls),
    placeholderData: keepPreviousData,
  });
}

export function usePull(place: PullPlace) {
  return useQuery({
    queryKey: PULL_KEYS.one(place),
    queryFn: ({ signal }) => callHive('describePull', inputOf(place), signal),
    // No event says that a check begins or ends.
    refetchInterval: ({ state }) => (state.data?.merge.checks.state === 'running' ? CHECKS_MS : false),
  });
}

/** What a commit of a pull request changes, in pages that are read one after the other. `path`: of one file alone. */
export function usePullDiff(place: PullPlace, of: { commit: string; base: string; path: string | null }) {
  return useInfiniteQuery({
    // Not below "pulls": a commit's diff stays the same.
    queryKey: ['pull-diff', place, of],
    initialPageParam: { offset: 0, place: PATCH_START } as { offset: number; place: PatchPlace },
    queryFn: async ({ pageParam, signal }) => {
      const only = of.path === null ? {} : { path: of.path };
      const wanted = { ...inputOf(place), ...only, offset: pageParam.offset, limit: DIFF_PAGE };
      const { commit, text, next } = await callHive('diffPull', wanted, signal);
      if (commit !== of.commit)
        throw new HiveError('pull_moved', 'Its branch has newer commits. Show them to read what they change.');
      return { ...readPatch(text, pageParam.place, next === null), next };
    },
    getNextPageParam: (last) => (last.next === null ? undefined : { offset: last.next, place: last.place }),
    staleTime: Infinity,
  });
}

export function useBranchRules(owner: string, name: string) {
  return useQuery({
    queryKey: PULL_KEYS.rules(`${owner}/${name}`),
    queryFn: ({ signal }) => callHive('listRules', { owner: owner as never, name: name as never }, signal),
  });
}

export function useLabels(owner: string, name: string, enabled = true) {
  return useQuery({
    queryKey: PULL_KEYS.labels(`${owner}/${name}`),
    queryFn: ({ signal }) => callHive('listLabels', { owner: owner as never, name: name as never }, signal),
    enabled,
  });
}

/** The merge queues of a repository's branches. */
export function useMergeQueues(owner: string, name: string) {
  return useQuery({
    queryKey: PULL_KEYS.queues(`${owner}/${name}`),
    queryFn: ({ signal }) => callHive('listQueues', { owner: owner as never, name: name as never }, signal),
  });
}

/** A place as the input of operations: the forge checks it. */
export function inputOf({ owner, name, number }: PullPlace) {
  return { owner: owner as never, name: name as never, number };
}
