import type { Module } from '../../core/module.ts';
import { pruneByAge } from '../../core/retention.ts';
import type { Config } from '../../config/schema.ts';
import { pruneModelCalls } from './store/model-calls.ts';

/** Model providers: keys, calls and their cost. */
export function providersModule({ retention }: { retention: Config['retention'] }): Module {
  return {
    name: 'providers',
    retention: [pruneByAge(retention.events_days, (tx, look) => pruneModelCalls(tx.db, look))],
  };
}
