import type { Config } from '../../config/schema.ts';
import type { MailLimits } from './serve-mail.ts';

/** The limits and rules of mail as config.yaml declares them. */
export function mailLimits({ broker }: Pick<Config, 'broker'>): MailLimits {
  return {
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
