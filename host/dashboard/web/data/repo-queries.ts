import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { callHive } from './api.ts';
import { PULL_KEYS } from './pull-keys.ts';

/** The queries about what is in a repository: a push to it asks for them again. */
export interface At {
  readonly owner: string;
  readonly name: string;
  /** Empty: the default branch. */
  readonly ref: string;
  readonly path: string;
}

const HISTORY_PAGE = 30;

const keyOf = ({ owner, name, ref, path }: At, what: string) =>
  [...PULL_KEYS.repo(`${owner}/${name}`), 'files', what, ref, path] as const;

function inputOf({ owner, name, ref }: At) {
  return { owner: owner as never, name: name as never, ...(ref === '' ? {} : { ref }) };
}

export function useRepo(owner: string, name: string) {
  return useQuery({
    queryKey: [...PULL_KEYS.repo(`${owner}/${name}`), 'look'],
    queryFn: ({ signal }) => callHive('describeRepo', { owner: owner as never, name: name as never }, signal),
  });
}

/** While a transfer runs, its progress is asked for; otherwise its end, of which no event tells. */
const PROGRESS_MS = 2_000;
const MIRRORS_MS = 20_000;

export function useMirrors(owner: string, name: string) {
  return useQuery({
    queryKey: [...PULL_KEYS.repo(`${owner}/${name}`), 'mirrors'],
    queryFn: ({ signal }) => callHive('listMirrors', { owner: owner as never, name: name as never }, signal),
    refetchInterval: ({ state }) => {
      const mirrors = state.data?.mirrors ?? [];
      if (mirrors.length === 0) return false;
      return mirrors.some((mirror) => mirror.state === 'running') ? PROGRESS_MS : MIRRORS_MS;
    },
  });
}

export function useWebhooks(owner: string, name: string) {
  return useQuery({
    queryKey: [...PULL_KEYS.repo(`${owner}/${name}`), 'webhooks'],
    queryFn: ({ signal }) => callHive('listWebhooks', { owner: owner as never, name: name as never }, signal),
  });
}

export function useTree(at: At) {
  return useQuery({
    queryKey: keyOf(at, 'tree'),
    queryFn: ({ signal }) => callHive('readTree', { ...inputOf(at), path: at.path }, signal),
  });
}

/** `path` null: none is asked for. */
export function useFile(at: Omit<At, 'path'> & { path: string | null }) {
  const path = at.path ?? '';
  return useQuery({
    queryKey: keyOf({ ...at, path }, 'file'),
    queryFn: ({ signal }) => callHive('readRepoFile', { ...inputOf({ ...at, path }), path }, signal),
    enabled: at.path !== null,
  });
}

export function useBlame(at: At, enabled: boolean) {
  return useQuery({
    queryKey: keyOf(at, 'blame'),
    queryFn: ({ signal }) => callHive('blameFile', { ...inputOf(at), path: at.path }, signal),
    enabled,
  });
}

export function useHistory(at: At) {
  return useInfiniteQuery({
    queryKey: keyOf(at, 'history'),
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      callHive('readHistory', { ...inputOf(at), path: at.path, skip: pageParam, limit: HISTORY_PAGE }, signal),
    getNextPageParam: (last, pages) => (last.more ? pages.length * HISTORY_PAGE : undefined),
    select: ({ pages }) => pages.flatMap(({ commits }) => commits),
  });
}

export function useRepoSearch(at: At, query: string) {
  return useQuery({
    queryKey: [...keyOf(at, 'search'), query],
    queryFn: ({ signal }) => callHive('searchRepo', { ...inputOf(at), query }, signal),
    enabled: query.length >= 2,
  });
}
