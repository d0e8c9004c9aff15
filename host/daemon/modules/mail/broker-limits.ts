import type { Config } from '../../config/schema.ts';
import type { BrokerLimits } from './broker.ts';

/** The broker's limits and rules as config.yaml declares them. */
export function brokerLimits({ broker, harness }: Pick<Config, 'broker' | 'harness'>): BrokerLimits {
  return {
    leaseMs: broker.lease_ms,
    maxFailures: broker.max_failures,
    maxMessages: broker.turn_max_messages,
    maxBytes: broker.turn_max_bytes,
    warmIdleMs: harness.warm_idle_ms,
    sendRate: { burst: broker.send_burst, perMinute: broker.send_per_minute },
    rules: {
      routing: broker.routing,
      mailboxMaxMessages: broker.mailbox_max_messages,
      mailboxMaxBytes: broker.mailbox_max_bytes,
      talk: {
        slowHops: broker.loop_slow_hops,
        pauseHops: broker.loop_pause_hops,
        maxHops: broker.loop_max_hops,
        quietMs: broker.loop_quiet_ms,
      },
    },
  };
}
