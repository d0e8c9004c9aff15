import * as z from 'zod';

const ms = z.int().nonnegative();
const mib = z.int().min(0).max(1_073_741_824);
const days = z.number().nonnegative().max(36_500);

/** `retention` of config.yaml: how long what is kept. */
export const retention = z
  .strictObject({
    messages_days: days
      .default(0)
      .describe('Messages older than this many days are deleted, unless a recipient is not done with them; 0: never.'),
    notices_days: days.default(90).describe("The same for the hive's own notices and for reminders that fired."),
    transcript_days: days
      .default(90)
      .describe('Days to keep texts, tool calls and results of turns in the event log; 0: for ever.'),
    stats_days: days
      .default(90)
      .describe('Days to keep the figures of single turns (sums by day are kept for good); 0: for ever.'),
    costs_days: days
      .default(800)
      .describe(
        'Days to keep what calls to models cost (by quarter of an hour) and past windows of budgets; 0: for ever.',
      ),
    events_days: days
      .default(365)
      .describe(
        'Days to keep all other events, the records of single model calls (their cost stays with turn and agent), and turns whose messages were deleted; 0: for ever.',
      ),
  })
  .prefault({});

/** `disk` of config.yaml: limits of space. */
export const disk = z
  .strictObject({
    low_mb: mib
      .default(2_048)
      .describe('Free MiB below which the operator is told who uses how much; at most 10 % of the disk.'),
    pause_mb: mib.default(1_024).describe('Free MiB below which no new turns begin; at most 5 % of the disk.'),
    stop_mb: mib
      .default(256)
      .describe(
        'Free MiB below which boxes are stopped and the rest is kept for the hive itself; at most 2.5 % of the disk.',
      ),
    reserve_mb: mib
      .default(64)
      .describe(
        'Size in MiB of a reserve file that is released so that stop, destroy and sign-in work on a full disk; at most 2 % of the disk.',
      ),
    shared_mb: mib
      .default(20_480)
      .describe(
        'Limit for all of /shared, in MiB; 0: no limit. Beyond it, the agent with the most files there is stopped.',
      ),
    shared_files: z.int().min(0).default(1_000_000).describe('The same as a number of files; 0: no limit.'),
    grace_ms: ms
      .default(600_000)
      .describe('How long an agent may be over its limit before it is stopped, as long as the disk is not low.'),
    measure_every_ms: ms
      .min(1_000)
      .default(300_000)
      .describe('How often all files are measured while there is enough free space.'),
  })
  .prefault({});
