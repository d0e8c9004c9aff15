import type { Module } from '../../core/module.ts';
import { pruneByAge } from '../../core/retention.ts';
import type { Config } from '../../config/schema.ts';
import type { KnownLimits } from './known-limits.ts';
import { pruneModelCalls } from './store/model-calls.ts';

/** Model providers: keys, calls and their cost. */
export function providersModule({
  retention,
  limits,
}: {
  retention: Config['retention'];
  limits: Pick<KnownLimits, 'forget'>;
}): Module {
  return {
    name: 'providers',
    forgetAgent: limits.forget,
    retention: [pruneByAge(retention.events_days, (tx, look) => pruneModelCalls(tx.db, look))],
  };
}
