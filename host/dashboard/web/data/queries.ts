import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { OpInput } from '../../../../protocol/op.ts';
import type { BrowserOperations } from '../../browser-operations.ts';
import { callHive } from './api.ts';
import { FLEET_KEY } from './refresh-fleet.ts';

/** The queries of the pages. Live events invalidate queries by the first part of their key (see affected-by.ts). */

export function useStatus() {
  return useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => callHive('status', {}, signal),
    // Polled on every page: it notices that hived is away even when there are no events.
    refetchInterval: ({ state }) => (state.status === 'error' ? 2_000 : 10_000),
    refetchIntervalInBackground: true,
    retry: false,
  });
}

export function useFleet() {
  return useQuery({ queryKey: FLEET_KEY, queryFn: ({ signal }) => callHive('listAgents', {}, signal) });
}

/** One agent of the fleet: undefined while loading, null when no agent has that name. */
export function useAgent(name: string) {
  const fleet = useFleet();
  const agent = fleet.data?.agents.find((one) => one.name === name);
  return { agent: fleet.data === undefined ? undefined : (agent ?? null), error: fleet.error };
}

const MAILBOX_PAGE = 100;

/** An agent's newest messages, received and sent. A larger `limit` loads older ones. */
export function useMailbox(name: string, limit: number = MAILBOX_PAGE) {
  return useQuery({
    queryKey: ['messages', name, limit],
    queryFn: ({ signal }) => callHive('listMessages', { of: name, limit }, signal),
    placeholderData: keepPreviousData,
  });
}

/** The first page of unread messages, and the largest page that hived returns. */
export const INBOX_PAGE = 100;
export const INBOX_MAX = 1_000;

/**
 * The operator's oldest `limit` unread messages; `unread` counts all of them. Fetched after the fleet, like all queries:
 * see LiveProvider. To tell whether one message or thread is unread, use its receipts or the thread's `unread`.
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

export function useProjects() {
  return useQuery({ queryKey: ['projects'], queryFn: ({ signal }) => callHive('listProjects', {}, signal) });
}

/** The defaults for the spec of a new agent. */
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

export function useBudgets() {
  return useQuery({ queryKey: ['money', 'budgets'], queryFn: ({ signal }) => callHive('listBudgets', {}, signal) });
}

/** What calls to models cost in a span of time, by one of its groups. */
export function useCosts(query: OpInput<BrowserOperations['listCosts']>) {
  return useQuery({
    queryKey: ['money', 'costs', query],
    queryFn: ({ signal }) => callHive('listCosts', query, signal),
    placeholderData: keepPreviousData,
  });
}

/** What calls to models used on each of the last days. */
export function useDailyCosts(query: OpInput<BrowserOperations['listDailyCosts']>) {
  return useQuery({
    queryKey: ['money', 'daily', query],
    queryFn: ({ signal }) => callHive('listDailyCosts', query, signal),
    placeholderData: keepPreviousData,
  });
}

/** Sums of turns of the last days, of one agent or of all. */
export function useTurnSums(query: OpInput<BrowserOperations['sumTurnStats']>) {
  return useQuery({
    queryKey: ['money', 'turns', query],
    queryFn: ({ signal }) => callHive('sumTurnStats', query, signal),
    placeholderData: keepPreviousData,
  });
}

export function useArchives() {
  return useQuery({ queryKey: ['archives'], queryFn: ({ signal }) => callHive('listArchives', {}, signal) });
}
