import type { UsageHandlerDeps } from '../modules/providers/usage-handlers.ts';

/** Parts of hived that hear of reported calls, for tests of those that count them: these do nothing. */
export const UNHEARD: Pick<UsageHandlerDeps, 'providers' | 'providerTests' | 'entryStates' | 'gatewayMoments'> = {
  providers: {
    hear: async () => undefined,
    hearCall: () => undefined,
    hearKeyLimit: () => undefined,
    hearLimit: async () => undefined,
  },
  providerTests: { hear: () => undefined },
  entryStates: { hear: () => undefined },
  gatewayMoments: { hear: () => undefined },
};
