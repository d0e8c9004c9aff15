import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { HiveError } from '../../../../protocol/errors.ts';
import { notifications } from '@mantine/notifications';

/** Errors that pass by themselves, or that the banner tells of already. */
const QUIET: ReadonlySet<string> = new Set(['unauthenticated', 'hive_unreachable']);

/** Marks a change whose form says itself what is against it. */
export const TOLD_IN_FORM = { toldInForm: true };

/**
 * The page's store of what hived said. Live events say when to ask again, so nothing goes stale by
 * the clock; what failed because hived was away is asked again until it answers.
 */
export function createQueryClient(onUnauthenticated: () => void): QueryClient {
  const watchSession = (error: Error) => {
    if (error instanceof HiveError && error.code === 'unauthenticated') onUnauthenticated();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError: watchSession }),
    mutationCache: new MutationCache({
      onError: (error, ...[, , mutation]) => {
        watchSession(error);
        if (mutation.meta === TOLD_IN_FORM) return;
        if (!(error instanceof HiveError) || !QUIET.has(error.code) || error.code === 'hive_unreachable')
          notifications.show({ color: 'red', title: 'That did not work', message: error.message });
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 60_000,
        refetchOnWindowFocus: false,
        networkMode: 'always',
        retry: (count, error) => isPassing(error) && count < 600,
        retryDelay: 2_000,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
}

/** Whether asking again later can help. */
export function isPassing(error: Error): boolean {
  return error instanceof HiveError && (error.code === 'hive_unreachable' || error.code === 'service_unavailable');
}
