import * as z from 'zod';
import { MAX_FILE_BYTES } from '../../../protocol/schemas/message.ts';

const ms = z.int().nonnegative();

/** `broker` of config.yaml: mail, its leases and its limits. */
export const broker = z
  .strictObject({
    lease_ms: ms
      .min(3_000)
      .default(60_000)
      .describe(
        'When the harness of a turn has sent no heartbeat for this long, the turn is lost and its messages go to the next turn.',
      ),
    max_failures: z.int().min(1).max(100).default(5).describe('A message is dead after this many failed turns.'),
    turn_max_messages: z
      .int()
      .min(1)
      .max(200)
      .default(50)
      .describe('Maximum number of messages in one turn; the rest follows in the next.'),
    turn_max_bytes: z.int().min(65_536).default(131_072).describe('Maximum bytes of message text in one turn.'),
    routing: z
      .enum(['open', 'tree'])
      .default('open')
      .describe(
        'open: every agent may write to every other. tree: to its parent and its children, to siblings with a copy to the parent, to other branches through the nearest common ancestor; an agent with the role "task" only to its parent.',
      ),
    mailbox_max_messages: z
      .int()
      .min(1)
      .default(10_000)
      .describe('A mailbox with this many waiting messages accepts no more from agents.'),
    mailbox_max_bytes: z.int().min(65_536).default(67_108_864).describe('The same for the bytes of waiting text.'),
    send_burst: z.int().min(1).default(60).describe('Number of messages that an agent may send at once.'),
    send_per_minute: z
      .number()
      .min(1)
      .default(120)
      .describe('Number of messages a minute that an agent may send in the long run.'),
    loop_slow_hops: z
      .int()
      .min(2)
      .default(6)
      .describe(
        'Two agents that exchange this many messages without other work are slowed down; near-identical texts count three times.',
      ),
    loop_pause_hops: z
      .int()
      .min(3)
      .default(12)
      .describe(
        'After this many such messages the exchange is paused, and the operator is asked whether it may continue.',
      ),
    loop_max_hops: z.int().min(3).default(100).describe('The same, whatever work is done in between.'),
    loop_quiet_ms: ms.min(1_000).default(600_000).describe('After this long without a message the count is reset.'),
    max_reminders: z
      .int()
      .min(1)
      .default(100)
      .describe('Maximum number of standing reminders and schedules of an agent, together.'),
    reminder_burst: z
      .int()
      .min(1)
      .default(20)
      .describe('Number of reminders and schedules that an agent may set at once.'),
    reminder_per_minute: z
      .number()
      .min(0.1)
      .default(10)
      .describe(
        'Number of reminders and schedules that an agent may set a minute after a burst; messages are counted separately.',
      ),
    attachment_max_bytes: z
      .int()
      .min(1)
      .max(MAX_FILE_BYTES)
      .default(MAX_FILE_BYTES)
      .describe('Largest attachment of a message, in bytes.'),
    attachments_total_max_bytes: z
      .int()
      .min(4_096)
      .default(2_147_483_648)
      .describe('Disk space for the attachments of all messages together, in bytes; each uses whole blocks of 4096.'),
  })
  .prefault({});
