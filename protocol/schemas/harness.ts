import * as z from 'zod';
import { agentName, epochMs, rowId, uuid } from '../names.ts';
import { agentSpec, usageTotals } from './agent.ts';
import { TURN_PHASES } from '../turn-phases.ts';
import { delivered } from './message.ts';
import { rawLimits } from './raw-lines.ts';
import { sessionId, sessionPlan } from './session.ts';
import { WORK_EVENT_KINDS } from './work-events.ts';

/**
 * The outcomes of a turn. Only `done` makes its deliveries done; every other one requeues them. `outage`: the model
 * provider was down, unreachable or silent. `starved`: the box lacked memory, processes or disk. `budget`: a budget of
 * the operator's was used up.
 */
export const turnOutcome = z.enum([
  'done',
  'failed',
  'rate_limited',
  'needs_login',
  'outage',
  'starved',
  'budget',
  'interrupted',
  'timed_out',
]);
export type TurnOutcome = z.infer<typeof turnOutcome>;

/** A harness announces its start and its boot, so that leases of older boots can be released at once. */
export const helloInput = z.strictObject({
  bootId: uuid,
  generation: z.int().positive(),
  harnessVersion: z.string().max(64),
  pid: z.int().nonnegative(),
  /** Which fields of hived's answers the harness knows (HARNESS_CONTRACT); builds before 2 do not say. */
  contract: z.int().positive().optional(),
});
export type HelloInput = z.output<typeof helloInput>;
/** The harness's present contract. 2: phases, limits and rules for stuck turns (`watch`). 3: raw lines. 4: projects. */
export const HARNESS_CONTRACT = 4;

/** What a running turn is asked about, or stopped for. */
export const TURN_CONCERNS = ['time', 'calls', 'output', 'repeats', 'tool'] as const;
export type TurnConcern = (typeof TURN_CONCERNS)[number];

/** When a turn counts as stuck; 0 switches a rule off. Times are in milliseconds. From `harness.stuck` in config.yaml. */
export const stuckRules = z.strictObject({
  /** Equal calls with equal results, or half as many in a row with any results. */
  repeats: z.int().nonnegative(),
  /** How long a tool may run. */
  toolMs: z.int().nonnegative(),
  /** How long the processes of a tool may wait for input. */
  waitingToolMs: z.int().nonnegative(),
  /** How long the model may be silent, without a byte from its provider. */
  silentMs: z.int().positive(),
  /** Turns without progress. */
  turns: z.int().nonnegative(),
});
export type StuckRules = z.infer<typeof stuckRules>;
/** For a hived of an older build, which sends none; config.yaml has the same. */
export const DEFAULT_STUCK_RULES: StuckRules = {
  repeats: 8,
  toolMs: 1_800_000,
  waitingToolMs: 120_000,
  silentMs: 600_000,
  turns: 3,
};

/** The parameters of a harness. */
export const helloOutput = z.strictObject({
  agent: agentName,
  parent: agentName.nullable(),
  spec: agentSpec,
  /** The session to continue, or null for a fresh one. */
  sessionId: z.string().nullable(),
  /** The lease of deliveries in a turn; a heartbeat renews it. Send heartbeats at a third of it. */
  leaseMs: z.int().positive(),
  /** A warm CLI that is idle for this long is ended. */
  warmIdleMs: z.int().nonnegative(),
  /** Only for harnesses of contract 2. */
  stuck: stuckRules.optional(),
  /** Only for harnesses of contract 3. */
  rawLimits: rawLimits.optional(),
});
export type HelloOutput = z.output<typeof helloOutput>;

/** A turn offered to a harness, with its deliveries. The same turn is offered again until it ends. */
export const turnOffer = z.strictObject({
  turn: rowId,
  /** Increases with every turn of the agent; calls with an older fence are refused (`stale_fence`). */
  fence: z.int().positive(),
  deliveries: z.array(delivered).min(1),
  /** Number of deliveries that wait beyond these. */
  waiting: z.int().nonnegative(),
  /** The turn's conversation; only for a harness that knows this field. */
  session: sessionPlan.optional(),
});
export type TurnOffer = z.infer<typeof turnOffer>;

export const wakeInput = z.strictObject({
  bootId: uuid,
  /** How long to hold the request while there is nothing to offer. */
  waitMs: z.int().min(0).max(60_000),
  /** The harness knows the field `session` of an offer; one of an older build does not. */
  knowsSessions: z.boolean().optional(),
  /** Whether its CLI runs. With `none`, a turn may wait until the machine has room for a start. */
  cli: z.enum(['warm', 'none']).optional(),
});
export const wakeOutput = z.strictObject({
  turn: turnOffer.nullable(),
  /** Why the harness is to end its warm CLI. Only for one that said `warm`. */
  letGo: z.string().max(200).optional(),
});

/**
 * Requests mail for a running turn. The deliveries in the answer are leased to the turn: they must enter the session,
 * or the turn must not end as done. A harness that lost an answer lists in `known` the deliveries it has, and gets the
 * rest again.
 */
export const urgentInput = z.strictObject({
  bootId: uuid,
  turn: rowId,
  fence: z.int().positive(),
  /** How long to hold the request while there is no mail. */
  waitMs: z.int().min(0).max(60_000),
  /** Deliveries of this turn that the harness has; the turn's other leased deliveries are returned again. */
  known: z.array(rowId).max(1_000),
});
export const urgentOutput = z.strictObject({ messages: z.array(delivered) });

/** The harness's activity, for `hivectl ps` and the page. */
export const harnessState = z.strictObject({
  state: z.enum(['idle', 'working', 'rate_limited', 'needs_login', 'outage', 'starved', 'budget', 'backing_off']),
  reason: z.string().max(2_000).nullable(),
  until: epochMs.nullable(),
});
export type HarnessState = z.infer<typeof harnessState>;

export const heartbeatInput = z.strictObject({
  bootId: uuid,
  turn: rowId.nullable(),
  fence: z.int().positive().nullable(),
  status: harnessState,
  /** The step of the running turn. */
  phase: z.enum(TURN_PHASES).optional(),
  /** Resident memory of harness and CLI in bytes, where known. */
  rssBytes: z.int().nonnegative().nullable(),
  cliRssBytes: z.int().nonnegative().nullable(),
  /** The harness knows the answer's field `budget`; one of an older build does not. */
  knowsBudgets: z.boolean().optional(),
  /** The harness wants to know the answer's field `takenOver`. */
  knowsTakeover: z.boolean().optional(),
});
export type HeartbeatInput = z.input<typeof heartbeatInput>;
export const heartbeatOutput = z.strictObject({
  /** False when hived no longer counts this turn as running: stop it. */
  turnIsYours: z.boolean(),
  /** The operator wants the running turn interrupted. */
  interrupt: z.boolean(),
  /** The end of the provider's limit that the gateway saw in this turn, if any. */
  limitedUntil: epochMs.optional(),
  /** The budget that stopped a call of this turn, if any: it, and when its window ends (null: no such time). */
  budget: z
    .strictObject({
      reason: z.string(),
      until: epochMs.nullable(),
      /** It was the turn's own: the next turn has another one. */
      ofTurn: z.boolean(),
    })
    .optional(),
  /** hived holds the agent for a person in its conversation. */
  takenOver: z.boolean().optional(),
});

export type HeartbeatOutput = z.infer<typeof heartbeatOutput>;

/** The end of a turn. Retried until it is answered; idempotent. */
export const finishInput = z.strictObject({
  bootId: uuid,
  turn: rowId,
  fence: z.int().positive(),
  outcome: turnOutcome,
  /** The CLI's final text, cut to 16 KiB. */
  text: z.string().max(16_384),
  /** Why the turn failed. */
  reason: z.string().max(2_000).nullable(),
  /** Do not offer a turn before this (rate limits, backing off). */
  notBefore: epochMs.nullable(),
  sessionId: sessionId.nullable(),
  /** The CLI's count for this turn (differences of its running totals). */
  usage: usageTotals,
  durationMs: z.int().nonnegative(),
  /** Tool calls of the CLI. */
  toolCalls: z.int().nonnegative(),
  /** The tool calls other than the hive's messaging tools: a sign that work makes progress. */
  workCalls: z.int().nonnegative().default(0),
  /** The model answered in this turn: a failure after that counts against the turn's mail. */
  answered: z.boolean().default(false),
  /** How long at least one tool of the CLI ran; null where the driver cannot tell. */
  toolsMs: z.int().nonnegative().nullable().default(null),
  /** The conversation's size at the end, and the model's window, in tokens; null where the CLI does not report them. */
  contextTokens: z.int().nonnegative().nullable().default(null),
  windowTokens: z.int().positive().nullable().default(null),
  /** The cause of the end (harness/turn/faults.ts). A harness of an older build omits it. */
  cause: z.string().max(64).optional(),
  /** The agent makes no progress: hold it until the operator releases it, for this reason. */
  stuck: z.string().max(500).optional(),
  /** The CLI summarised the conversation, as the offer asked. */
  compacted: z.boolean().default(false),
  /** The last exchange in the conversation's file, by the CLI's ID, and the file's size in bytes; null where unknown. */
  sessionMark: z.string().max(128).nullable().default(null),
  sessionBytes: z.int().nonnegative().nullable().default(null),
  /** Why the conversation of the offer was replaced by a fresh one: its file is missing, or lacks its last exchange. */
  sessionLost: z.enum(['missing', 'cut']).nullable().default(null),
});
export type FinishInput = z.output<typeof finishInput>;

/** What a harness spools while hived is away; beyond it the oldest details of transcripts are dropped. */
export const SPOOL_MAX_BYTES = 64 * 1024 * 1024;

/** One event of the transcript, spooled by the harness. `seq` counts up from 1 within a boot. */
export const spooledEvent = z.strictObject({
  seq: z.int().positive(),
  at: epochMs,
  kind: z.enum([
    'turn.text',
    'turn.thinking',
    'turn.tool_call',
    'turn.tool_result',
    ...WORK_EVENT_KINDS,
    'turn.retry',
    'turn.noise',
    'turn.warning',
    'delivery.in_context',
    'harness.state',
    'cli.started',
    'cli.exited',
  ]),
  data: z.record(z.string(), z.unknown()),
});
export type SpooledEvent = z.infer<typeof spooledEvent>;

export const spoolInput = z.strictObject({ bootId: uuid, events: z.array(spooledEvent).min(1).max(500) });
/** All events of that boot up to and including this sequence number are stored. */
export const spoolOutput = z.strictObject({ acked: z.int().nonnegative() });
