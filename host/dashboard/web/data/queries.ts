import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { callHive } from './api.ts';
import { FLEET_KEY } from './refresh-fleet.ts';

/** Everything the pages read. The first part of each key is what live events name (see affected-by.ts). */

export function useStatus() {
  return useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => callHive('status', {}, signal),
    // The one thing asked for by the clock: it notices that hived is away even when nothing happens.
    refetchInterval: ({ state }) => (state.status === 'error' ? 2_000 : 10_000),
    refetchIntervalInBackground: true,
    retry: false,
  });
}

export function useFleet() {
  return useQuery({ queryKey: FLEET_KEY, queryFn: ({ signal }) => callHive('listAgents', {}, signal) });
}

/** One agent out of the fleet: undefined while loading, null when there is none of that name. */
export function useAgent(name: string) {
  const fleet = useFleet();
  const agent = fleet.data?.agents.find((one) => one.name === name);
  return { agent: fleet.data === undefined ? undefined : (agent ?? null), error: fleet.error };
}

const MAILBOX_PAGE = 100;

/** An agent's newest messages, in and out. `limit` grows when older ones are wanted. */
export function useMailbox(name: string, limit: number = MAILBOX_PAGE) {
  return useQuery({
    queryKey: ['messages', name, limit],
    queryFn: ({ signal }) => callHive('listMessages', { of: name, limit }, signal),
    placeholderData: keepPreviousData,
  });
}

/** The first page of what is unread, and the most that one answer of hived's holds. */
export const INBOX_PAGE = 100;
export const INBOX_MOST = 1_000;

/**
 * The operator's unread, the oldest `limit` of them; `unread` counts all. Asked for after the fleet, like everything
 * else: see LiveProvider. Whether one message or thread is unread say its receipts and its head.
 */
export function useInbox(limit: number = INBOX_PAGE) {
  const isBegun = useFleet().data !== undefined;
  return useQuery({
    queryKey: ['inbox', limit],
    queryFn: ({ signal }) => callHive('inbox', { limit }, signal),
    enabled: isBegun,
    placeholderData: keepPreviousData,
  });
}

export function useRepos() {
  return useQuery({ queryKey: ['repos'], queryFn: ({ signal }) => callHive('listRepos', {}, signal) });
}

/** What a new agent is declared with where nothing else is said. */
export function useSpecDefaults() {
  return useQuery({
    queryKey: ['spec-defaults'],
    queryFn: ({ signal }) => callHive('getSpecDefaults', {}, signal),
    staleTime: 0,
  });
}

export function useProviders() {
  return useQuery({ queryKey: ['providers'], queryFn: ({ signal }) => callHive('listProviders', {}, signal) });
}

export function useArchives() {
  return useQuery({ queryKey: ['archives'], queryFn: ({ signal }) => callHive('listArchives', {}, signal) });
}
