import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { EgressCaller } from '../../../../protocol/egress.ts';
import { callHive } from './api.ts';
import { useFleet } from './queries.ts';

/** The queries about hosts outside that agents reach or ask for. */

const CONNECTIONS_PAGE = 50;

/** Hosts that agents ask for, which the sidebar counts. Fetched after the fleet: see LiveProvider. */
export function useApprovals() {
  const isBegun = useFleet().data !== undefined;
  return useQuery({
    queryKey: ['hosts', 'approvals'],
    queryFn: ({ signal }) => callHive('listApprovals', {}, signal),
    enabled: isBegun,
  });
}

export function useHostRules() {
  return useQuery({ queryKey: ['hosts', 'rules'], queryFn: ({ signal }) => callHive('listEgress', {}, signal) });
}

/** Connections of all agents or of one, the newest first. */
export function useConnections(agent: EgressCaller | null) {
  return useInfiniteQuery({
    queryKey: ['hosts', 'connections', agent],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam, signal }) =>
      callHive(
        'listConnections',
        { limit: CONNECTIONS_PAGE, before: pageParam, ...(agent === null ? {} : { agent }) },
        signal,
      ),
    getNextPageParam: ({ connections }) => (connections.length < CONNECTIONS_PAGE ? undefined : connections.at(-1)?.id),
    select: ({ pages }) => pages.flatMap(({ connections }) => connections),
    // A connection that ended as it should is no event.
    staleTime: 0,
  });
}
