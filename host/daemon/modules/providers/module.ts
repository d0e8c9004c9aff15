import type { Module } from '../../core/module.ts';
import type { GatewayInstances } from '../../core/gateway-instances.ts';
import { pruneByAge } from '../../core/retention.ts';
import type { Config } from '../../config/schema.ts';
import { handleProviders, type ProviderHandlerDeps } from './handlers.ts';
import { handleUsage, type UsageHandlerDeps } from './usage-handlers.ts';
import { pruneModelCalls } from './store/model-calls.ts';

/** Model providers: keys, calls and their cost. */
export function providersModule(
  deps: ProviderHandlerDeps &
    UsageHandlerDeps & { gatewayInstances: Pick<GatewayInstances, 'closeLeft'>; retention: Config['retention'] },
) {
  const { operator, gateway } = handleProviders(deps);
  return {
    name: 'providers',
    handlers: { operator, gateway: { ...handleUsage(deps), ...gateway } },
    run: deps.gatewayInstances.closeLeft,
    retention: [pruneByAge(deps.retention.events_days, (tx, look) => pruneModelCalls(tx.db, look))],
  } satisfies Module;
}
