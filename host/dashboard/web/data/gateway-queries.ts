import { useQuery } from '@tanstack/react-query';
import { callHive } from './api.ts';

/** The queries of the page Gateway. */

/** What the gateway does now. No event says so: the page asks while it is shown. */
export function useGateway() {
  return useQuery({
    queryKey: ['status', 'gateway'],
    queryFn: ({ signal }) => callHive('describeGateway', {}, signal),
    refetchInterval: 2_000,
    staleTime: 0,
  });
}

/** The names of `models` in config.yaml, and who answers each. A limit of a few minutes is no event. */
export function useModels() {
  return useQuery({
    queryKey: ['providers', 'models'],
    queryFn: ({ signal }) => callHive('listModels', {}, signal),
    refetchInterval: 10_000,
    staleTime: 0,
  });
}
