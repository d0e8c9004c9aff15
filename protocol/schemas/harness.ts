import { z } from 'zod';
import { agentName, epochMs, rowId, uuid } from '../names.ts';
import { agentSpec, usageTotals } from './agent.ts';
import { delivered } from './message.ts';

/**
 * How a turn can end. Only `done` makes its deliveries done; every other one puts them back. `outage`: the model
 * provider was out of order, not reached, or silent. `starved`: the box lacked memory, processes or disk.
 */
export const turnOutcome = z.enum([
  'done',
  'failed',
  'rate_limited',
  'needs_login',
  'outage',
  'starved',
  'interrupted',
  'timed_out',
]);
export type TurnOutcome = z.infer<typeof turnOutcome>;

/** A harness starts: who it is, so that leases of older boots can be released at once. */
export const helloInput = z.strictObject({
  bootId: uuid,
  generation: z.int().positive(),
  harnessVersion: z.string().max(64),
  pid: z.int().nonnegative(),
});
export type HelloInput = z.output<typeof helloInput>;

/** What a harness needs to work. */
export const helloOutput = z.strictObject({
  agent: agentName,
  parent: agentName.nullable(),
  spec: agentSpec,
  /** The conversation to continue, or null for a fresh one. */
  sessionId: z.string().nullable(),
  /** Deliveries in a turn are leased this long; a heartbeat renews them. Beat at a third of it. */
  leaseMs: z.int().positive(),
  /** A warm CLI with nothing to do is let go after this. */
  warmIdleMs: z.int().nonnegative(),
});
export type HelloOutput = z.output<typeof helloOutput>;

/** A turn offered to a harness: what it is about. The same turn is offered again until it ends. */
export const turnOffer = z.strictObject({
  turn: rowId,
  /** Grows with every turn of the agent; what comes with an older one is refused (`stale_fence`). */
  fence: z.int().positive(),
  deliveries: z.array(delivered).min(1),
  /** How many deliveries wait beyond these. */
  waiting: z.int().nonnegative(),
});
export type TurnOffer = z.infer<typeof turnOffer>;

export const wakeInput = z.strictObject({
  bootId: uuid,
  /** How long to hold the request when there is nothing to do. */
  waitMs: z.int().min(0).max(60_000),
});
export const wakeOutput = z.strictObject({ turn: turnOffer.nullable() });

/**
 * Mail for a turn that runs already. What comes back is leased to the turn: it must enter the conversation,
 * or the turn must not end as done. A harness that lost an answer says in `known` what it has, and gets the
 * rest again.
 */
export const urgentInput = z.strictObject({
  bootId: uuid,
  turn: rowId,
  fence: z.int().positive(),
  /** How long to hold the request when there is nothing. */
  waitMs: z.int().min(0).max(60_000),
  /** Deliveries of this turn that the harness has; whatever else it holds is handed out again. */
  known: z.array(rowId).max(1_000),
});
export const urgentOutput = z.strictObject({ messages: z.array(delivered) });

/** What the harness is doing, for `hivectl ps` and the page. */
export const harnessState = z.strictObject({
  state: z.enum(['idle', 'working', 'rate_limited', 'needs_login', 'outage', 'starved', 'backing_off']),
  reason: z.string().max(2_000).nullable(),
  until: epochMs.nullable(),
});
export type HarnessState = z.infer<typeof harnessState>;

export const heartbeatInput = z.strictObject({
  bootId: uuid,
  turn: rowId.nullable(),
  fence: z.int().positive().nullable(),
  status: harnessState,
  /** The harness's and the CLI's resident memory in bytes, where known. */
  rssBytes: z.int().nonnegative().nullable(),
  cliRssBytes: z.int().nonnegative().nullable(),
});
export type HeartbeatInput = z.input<typeof heartbeatInput>;
export const heartbeatOutput = z.strictObject({
  /** False when hived no longer counts this turn as running: stop working on it. */
  turnIsYours: z.boolean(),
  /** The operator wants the running turn interrupted. */
  interrupt: z.boolean(),
  /** When the provider's limit ends that the gateway saw in this turn, where it saw one. */
  limitedUntil: epochMs.optional(),
});

/** The turn is over. Tried until it is answered; sent twice it counts once. */
export const finishInput = z.strictObject({
  bootId: uuid,
  turn: rowId,
  fence: z.int().positive(),
  outcome: turnOutcome,
  /** The CLI's last words, cut to 16 KiB. */
  text: z.string().max(16_384),
  /** Why it did not end well. */
  reason: z.string().max(2_000).nullable(),
  /** Do not offer a turn before this (rate limits, backing off). */
  notBefore: epochMs.nullable(),
  sessionId: z.string().max(128).nullable(),
  /** As the CLI counted this turn (differences of its running totals). */
  usage: usageTotals,
  durationMs: z.int().nonnegative(),
  /** Tool calls the CLI made. */
  toolCalls: z.int().nonnegative(),
  /** Of these, the ones that did something else than talk to the hive: a sign that work goes on. */
  workCalls: z.int().nonnegative().default(0),
  /** The model itself answered in this turn: a failure after that is held against the turn's mail. */
  answered: z.boolean().default(false),
});
export type FinishInput = z.output<typeof finishInput>;

/** One line of the transcript, spooled by the harness. `seq` counts up from 1 within a boot. */
export const spooledEvent = z.strictObject({
  seq: z.int().positive(),
  at: epochMs,
  kind: z.enum([
    'turn.text',
    'turn.thinking',
    'turn.tool_call',
    'turn.tool_result',
    'turn.retry',
    'turn.noise',
    'delivery.in_context',
    'harness.state',
    'cli.started',
    'cli.exited',
  ]),
  data: z.record(z.string(), z.unknown()),
});
export type SpooledEvent = z.infer<typeof spooledEvent>;

export const spoolInput = z.strictObject({ bootId: uuid, events: z.array(spooledEvent).min(1).max(500) });
/** Everything up to and including this sequence number of that boot is stored. */
export const spoolOutput = z.strictObject({ acked: z.int().nonnegative() });
