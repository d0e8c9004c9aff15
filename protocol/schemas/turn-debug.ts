import * as z from 'zod';
import { agentName, epochMs, rowId, senderName } from '../names.ts';
import { hiveEvent } from './event.ts';
import { turnOutcome } from './harness.ts';
import { deliveryState } from './message.ts';
import { rawLine } from './raw-lines.ts';
import { sessionPlan } from './session.ts';
import { turnStats } from './stats.ts';

const count = z.int().nonnegative();

/** A delivery that a turn had. */
const turnDelivery = z.strictObject({
  delivery: rowId,
  message: rowId,
  from: senderName,
  /** The how manieth turn with it this was. */
  attempt: z.int().positive(),
  /** It came while the turn ran. */
  joined: z.boolean(),
  /** When it was leased and in the model's context; null if a later turn had it since. */
  leasedAt: epochMs.nullable(),
  inContextAt: epochMs.nullable(),
  /** Its state now; if `laterTurn` is set, that turn's and not this one's doing. */
  state: deliveryState,
  endedAt: epochMs.nullable(),
  note: z.string().nullable(),
  /** The newest later turn that had it; null if this one was the last. */
  laterTurn: rowId.nullable(),
});

/** A call of the gateway to a model in a turn. */
const turnCall = z.strictObject({
  id: z.string(),
  provider: z.string(),
  model: z.string(),
  startedAt: epochMs,
  endedAt: epochMs,
  /** The HTTP status that the program got. */
  status: z.int(),
  inputTokens: count,
  outputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
  costUsd: z.number().nonnegative().nullable(),
});

/** Everything that the hive knows about one turn. */
export const turnDebug = z.strictObject({
  turn: rowId,
  agent: agentName,
  generation: z.int().positive(),
  bootId: z.string(),
  fence: z.int().positive(),
  startedAt: epochMs,
  /** When the running turn counts as lost without a heartbeat. */
  leaseUntil: epochMs,
  /** The operator asked to interrupt it. */
  interruptAsked: z.boolean(),
  endedAt: epochMs.nullable(),
  outcome: turnOutcome.or(z.literal('lost')).nullable(),
  reason: z.string().nullable(),
  text: z.string(),
  /** The conversation as it was offered; of a running turn only. */
  plan: sessionPlan.nullable(),
  /** With the choice of the conversation and its reason; null after `retention.stats_days`. */
  stats: turnStats.nullable(),
  deliveries: z.array(turnDelivery),
  calls: z.array(turnCall),
  /** Those of the turn, and what its harness and program said of themselves meanwhile; oldest first. */
  events: z.array(hiveEvent),
  /** There are more events than are listed. */
  eventsAreCut: z.boolean(),
  /** What the driver's program was told and said. */
  raw: z.strictObject({
    lines: z.array(rawLine),
    isCut: z.boolean(),
    /** Lines in the files that could not be parsed. */
    unreadable: count,
    /** Why lines are missing; null if all that were kept are here. */
    problem: z.string().nullable(),
  }),
});
export type TurnDebug = z.infer<typeof turnDebug>;
