import type { Config } from '../../config/schema.ts';
import type { TurnLimits } from './turns.ts';

/** The limits of turns from config.yaml. */
export function turnLimits({
  broker,
  harness,
}: Pick<Config, 'broker' | 'harness'>): TurnLimits & { warmIdleMs: number } {
  return {
    leaseMs: broker.lease_ms,
    maxFailures: broker.max_failures,
    maxMessages: broker.turn_max_messages,
    maxBytes: broker.turn_max_bytes,
    warmIdleMs: harness.warm_idle_ms,
  };
}
