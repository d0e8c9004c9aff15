import type { Config } from '../../config/schema.ts';
import type { HarnessLimits } from './turn-deps.ts';

/** The limits of turns from config.yaml. */
export function turnLimits({ broker, harness }: Pick<Config, 'broker' | 'harness'>): HarnessLimits {
  return {
    leaseMs: broker.lease_ms,
    maxFailures: broker.max_failures,
    maxMessages: broker.turn_max_messages,
    maxBytes: broker.turn_max_bytes,
    warmIdleMs: harness.warm_idle_ms,
    rawLimits: { days: harness.raw_days, mb: harness.raw_mb },
    stuck: {
      repeats: harness.stuck.repeats,
      toolMs: harness.stuck.tool_ms,
      waitingToolMs: harness.stuck.waiting_tool_ms,
      silentMs: harness.stuck.model_silent_ms,
      turns: harness.stuck.turns,
    },
  };
}
