import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { HiveError } from '../../../../protocol/errors.ts';
import { notifications } from '@mantine/notifications';

/** Marks a mutation whose form shows the errors itself. */
export const SHOWN_IN_FORM = { shownInForm: true };

/**
 * The page's query cache. Live events invalidate queries, so nothing needs to be polled; a query that failed because hived
 * was away is retried until it succeeds.
 */
export function createQueryClient(onUnauthenticated: () => void): QueryClient {
  const isSignedOut = (error: Error) => error instanceof HiveError && error.code === 'unauthenticated';
  const watchSession = (error: Error) => {
    if (isSignedOut(error)) onUnauthenticated();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError: watchSession }),
    mutationCache: new MutationCache({
      onError: (error, ...[, , mutation]) => {
        watchSession(error);
        if (mutation.meta === SHOWN_IN_FORM || isSignedOut(error)) return;
        notifications.show({ color: 'red', title: 'That did not work', message: error.message });
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 60_000,
        refetchOnWindowFocus: false,
        networkMode: 'always',
        retry: (count, error) => isTransient(error) && count < 600,
        retryDelay: 2_000,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
}

/** Whether a retry can succeed. */
export function isTransient(error: Error): boolean {
  return error instanceof HiveError && (error.code === 'hive_unreachable' || error.code === 'service_unavailable');
}
