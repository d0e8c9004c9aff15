import * as z from 'zod';
import { agentName, epochMs, rowId } from '../names.ts';
import { pushedSecret } from './push-secrets.ts';
import { usageTotals } from './agent.ts';
import { budgetPeriod, budgetUnit } from './budget.ts';
import { quotaPeriod } from './egress.ts';
import { harnessState, turnOutcome, TURN_CONCERNS } from './harness.ts';
import { HOLD_KINDS } from './hold.ts';
import { terminalEnd, terminalKind } from './terminal.ts';
import { VERDICTS } from './pull.ts';
import { RUN_PURPOSES } from './queue.ts';
import { sessionChoice } from './session.ts';
import { STATUS_STATES } from './status.ts';
import { WORK_EVENT_DATA } from './work-events.ts';

const turn = rowId;
const text = z.string();
/** Of a subagent: the tool call that started it. */
const within = text.optional();
const budgetState = z.object({ id: rowId, budget: text, spent: z.number(), unit: budgetUnit, amount: z.number() });

/**
 * Every kind of event and its data; the texts for people are in event-words/. Strict at the writer, so that readers
 * (the page, `hivectl events`) can rely on it. The writer cuts long texts; `truncated` marks them.
 */
export const EVENT_DATA = {
  'hive.started': z.object({ version: text, boot: text, adopted: z.int() }),
  'hive.stopping': z.object({ reason: text }),
  'engine.lost': z.object({ reason: text }),
  'engine.back': z.object({ awayMs: z.int() }),
  'disk.level': z.object({
    level: text,
    was: text,
    freeBytes: z.int(),
    totalBytes: z.int(),
    biggest: z.array(z.object({ owner: text, bytes: z.int() })),
  }),
  'disk.over': z.object({
    bytes: z.int(),
    files: z.int(),
    limitBytes: z.int(),
    limitFiles: z.int(),
    /** When it will be stopped unless it frees space; null when it was stopped now. */
    stopsAt: epochMs.nullable(),
    reason: text,
  }),
  'service.started': z.object({ service: text, pid: z.int() }),
  'service.exited': z.object({ service: text, why: text, restartInMs: z.int().nullable() }),

  'agent.created': z.object({ parent: text.nullable(), role: text }),
  'agent.desired': z.object({ desired: z.enum(['running', 'stopped']), by: text }),
  'agent.changed': z.object({ fields: z.array(text), by: text }),
  /** `text` is empty when the note was removed. */
  'agent.note': z.object({ text, by: text }),
  'agent.rebuilding': z.object({ generation: z.int(), by: text }),
  'agent.rebuilt': z.object({ generation: z.int() }),
  'agent.destroyed': z.object({ archive: text.nullable() }),
  'rebuild_all.started': z.object({ agents: z.array(text), by: text }),
  'rebuild_all.finished': z.object({ agents: z.array(text) }),
  'box.started': z.object({ generation: z.int(), boxId: text, ms: z.int() }),
  'box.adopted': z.object({ generation: z.int(), boxId: text }),
  'box.exited': z.object({
    generation: z.int(),
    exitCode: z.int().nullable(),
    oom: z.boolean(),
    restartInMs: z.int().nullable(),
  }),
  'box.failed': z.object({ code: text, reason: text, retryInMs: z.int().nullable() }),
  'harness.hello': z.object({ generation: z.int(), boot: text, released: z.int() }),
  'harness.lost': z.object({ silentMs: z.int() }),
  'harness.state': harnessState,

  'message.sent': z.object({
    id: rowId,
    thread: rowId,
    from: text,
    to: text,
    recipients: z.array(text),
    kind: text,
    preview: text,
  }),
  'mailbox.full': z.object({ mailbox: text, messages: z.int(), bytes: z.int(), sender: text }),
  'delivery.in_context': z.object({ turn, messages: z.array(rowId) }),
  'delivery.released': z.object({ turn, messages: z.array(rowId), reason: text }),
  'delivery.dead': z.object({ messages: z.array(rowId), attempts: z.int(), reason: text }),
  'delivery.read': z.object({ messages: z.array(rowId) }),
  'delivery.joined': z.object({ turn, messages: z.array(rowId) }),
  'delivery.expired': z.object({ messages: z.array(rowId) }),
  'delivery.withdrawn': z.object({ messages: z.array(rowId), by: text }),
  'delivery.requeued': z.object({ messages: z.array(rowId), by: text }),

  'thread.paused': z.object({ thread: rowId, between: z.array(text), why: text, question: rowId.nullable() }),
  'thread.opened': z.object({ thread: rowId, by: text }),
  'thread.closed': z.object({ thread: rowId, by: text }),
  'question.asked': z.object({ id: rowId, from: text, asked: text, deadline: epochMs.nullable() }),
  'question.closed': z.object({ id: rowId, state: text, answer: rowId.nullable() }),
  'topic.changed': z.object({ topic: text, open: z.boolean(), subscribers: z.int(), by: text }),
  /** No turn begins until the agent is released. */
  'agent.held': z.object({ kind: z.enum(HOLD_KINDS), by: text, reason: text.nullable() }),
  'agent.released': z.object({ kinds: z.array(z.enum(HOLD_KINDS)), by: text }),
  'agent.quiet': z.object({ until: epochMs.nullable(), by: text }),

  'turn.started': z.object({
    turn,
    messages: z.array(rowId),
    redelivered: z.array(rowId),
    /** What is done with the conversation, and why. Events of old hives omit it. */
    session: z.object({ choice: sessionChoice, reason: text }).optional(),
  }),
  'turn.text': z.object({ turn, text, truncated: z.boolean(), within }),
  'turn.thinking': z.object({ turn, text, truncated: z.boolean(), within }),
  'turn.tool_call': z.object({ turn, id: text, tool: text, input: text, truncated: z.boolean(), within }),
  'turn.tool_result': z.object({ turn, id: text, ok: z.boolean(), text, truncated: z.boolean() }),
  ...WORK_EVENT_DATA,
  'turn.retry': z.object({ turn, attempt: z.int(), delayMs: z.number(), status: z.int().nullable(), error: text }),
  'turn.noise': z.object({ turn: turn.nullable(), lines: z.int(), sample: text }),
  /** A running turn was told to change course, or was stopped, by the hive's own rules. */
  'turn.warning': z.object({
    turn,
    about: z.enum(TURN_CONCERNS),
    step: z.enum(['asked', 'stopped']),
    text: text.max(1_000),
  }),
  /**
   * At the end of a turn a stored session was replaced by a fresh one. The cause: the turn's outcome, with the box's
   * explanation in `reason`. After `done` it could not be continued because its files were gone.
   */
  'conversation.dropped': z.object({ turn, session: text, outcome: turnOutcome, reason: text.nullable() }),
  /** The operator chose the conversation of the next turn; `session`: the one to use or to copy. */
  'conversation.chosen': z.object({ choice: z.enum(['use', 'fresh', 'fork']), session: text.nullable(), by: text }),
  /** Events that a harness spooled beyond its budget, since the previous such event. */
  'transcript.dropped': z.object({ events: z.int(), bytes: z.int() }),
  'turn.finished': z.object({
    turn,
    /** `lost`: no harness ended it; its harness was gone. */
    outcome: turnOutcome.or(z.literal('lost')),
    reason: text.nullable(),
    text,
    durationMs: z.int(),
    toolCalls: z.int(),
    usage: usageTotals.extend({ unpricedCalls: z.int().nonnegative().default(0) }),
    /**
     * Where `usage` comes from: the gateway's count, or, where it has none, the CLI's own estimate. Events of old hives
     * lack it.
     */
    counted: z.enum(['gateway', 'cli']).default('cli'),
    messages: z.array(rowId),
  }),
  'cli.started': z.object({ pid: z.int(), version: text.nullable(), sessionId: text.nullable() }),
  'cli.exited': z.object({ code: z.int().nullable(), signal: text.nullable(), why: text }),

  'reminder.set': z.object({ id: rowId, dueAt: epochMs }),
  'reminder.changed': z.object({ id: rowId, dueAt: epochMs, by: text }),
  'reminder.cancelled': z.object({ id: rowId, by: text }),
  'reminder.fired': z.object({ id: rowId, message: rowId, lateMs: z.int() }),
  'schedule.set': z.object({ id: rowId, owner: text, cron: text, nextAt: epochMs.nullable() }),
  'schedule.changed': z.object({ id: rowId, paused: z.boolean(), nextAt: epochMs.nullable(), by: text }),
  'schedule.cancelled': z.object({ id: rowId, by: text }),
  'schedule.fired': z.object({
    id: rowId,
    message: rowId.nullable(),
    lateMs: z.int(),
    trouble: text.nullable(),
    /** Runs skipped before this one because an earlier message was still waiting. */
    folded: z.int().optional(),
  }),
  /** `waiting`: the message that is still waiting, because of which this run and the ones after it are skipped. */
  'schedule.skipped': z.object({ id: rowId, runs: z.int(), waiting: rowId.optional() }),
  'usage.recorded': z.object({
    turn: turn.nullable(),
    provider: text,
    model: text,
    /** Of a fallback: whom it stood in for, as `provider/model`. */
    insteadOf: text.optional(),
    usage: usageTotals,
    status: z.int(),
    /** The output tokens spent on reasoning, where the provider reports them. */
    reasoningTokens: z.int().default(0),
    /** The answer broke off: tokens that the provider did not report are estimated. */
    estimated: z.boolean().default(false),
    /** The gateway died during the call: its cost is unknown. */
    lost: z.boolean().default(false),
  }),
  /** `key`: the key's label, where the provider has several. */
  'provider.refused': z.object({ provider: text, status: z.int(), key: text.optional() }),
  'provider.accepted': z.object({ provider: text, key: text.optional() }),
  /** An account has reached a limit of five minutes or more; reported once, however many agents meet it. */
  'provider.limited': z.object({ provider: text, modelClass: text.nullable(), kind: text, until: epochMs }),
  /** Calls have failed on the provider's side for a minute or more; reported once. `status` is the newest one's. */
  'provider.away': z.object({ provider: text, status: z.int(), since: epochMs }),
  /** Events of older builds have no `lastFailureAt`. */
  'provider.back': z.object({ provider: text, lastFailureAt: epochMs.optional() }),
  /** `by`: not in events of an older hived. `from`: its name before it was renamed. Without `done`, its keys changed. */
  'provider.changed': z.object({
    provider: text,
    hasKey: z.boolean(),
    by: text.optional(),
    done: z.enum(['added', 'renamed', 'removed']).optional(),
    from: text.optional(),
  }),
  'project.created': z.object({ project: text, by: text }),
  'project.removed': z.object({ project: text, by: text }),
  /** An agent asked for a host that it may not reach: once for each host in a turn (null: outside of turns). */
  'egress.refused': z.object({ turn: turn.nullable(), host: text, port: z.int(), why: text }),
  /** An agent asked for a host that no rule is about; its request waits for the operator. */
  'approval.asked': z.object({ id: rowId, host: text, port: z.int() }),
  'approval.answered': z.object({ id: rowId, host: text, port: z.int(), answer: text, by: text }),
  /** An agent wrote secrets, which hived replaced by their names; once an hour for each agent and secret. */
  'secret.found': z.object({ names: z.array(text), operation: text }),
  /** `subject`: whom a secret was given to or taken from. */
  'secret.changed': z.object({
    name: text,
    change: z.enum(['set', 'removed', 'granted', 'revoked']),
    subject: text.nullable(),
    by: text,
  }),
  'egress.changed': z.object({
    subject: text,
    target: text,
    verdict: z.enum(['allow', 'deny', 'removed']),
    term: text,
    by: text,
  }),
  /** A secret is added to requests for a host, or no longer; `secret` is its name. */
  'egress.secret_changed': z.object({
    subject: text,
    host: text,
    secret: text,
    change: z.enum(['added', 'withdrawn']),
    by: text,
  }),
  /** `bytes` is null when the quota was removed. */
  'egress.quota_changed': z.object({
    subject: text,
    per: quotaPeriod,
    bytes: z.number().nullable(),
    by: text,
  }),
  /** An agent used up a quota of bytes; once for each quota and window. */
  'egress.quota_reached': z.object({ bytes: z.number(), per: quotaPeriod, used: z.number(), until: epochMs }),
  /** `amount` is null when the budget was removed. */
  'budget.changed': z.object({
    id: rowId,
    scope: text,
    unit: budgetUnit,
    per: budgetPeriod,
    amount: z.number().nullable(),
    by: text,
  }),
  /** Four fifths of a budget are used in its present window, or all of it. */
  'budget.warned': budgetState,
  'budget.reached': budgetState,
  /** A budget stopped an agent's calls; `cut` says whether one was broken off. Once for each agent and window. */
  'budget.stopped': z.object({ id: rowId, budget: text, until: epochMs.nullable(), cut: z.boolean() }),
  /** Skills from the repository shared/docs were replaced by those of a commit (null: it has none). */
  'skills.changed': z.object({ repo: text, commit: text.nullable(), skills: z.array(text) }),
  'forge.repo_created': z.object({ repo: text, by: text }),
  /** `kept`: where its directory was moved to; null when it was deleted or found missing. */
  'forge.repo_removed': z.object({ repo: text, by: text, kept: text.nullable() }),
  'forge.default_branch': z.object({ repo: text, by: text, branch: text }),
  'forge.pushed': z.object({
    repo: text,
    by: text,
    refs: z.array(z.object({ ref: text, old: text.nullable(), new: text.nullable() })),
  }),
  'forge.pull_opened': z.object({ repo: text, by: text, number: rowId, title: text, head: text, base: text }),
  /** Title, text, base, labels or state of a draft changed, it was opened again, or its branch has new commits. */
  'forge.pull_changed': z.object({ repo: text, by: text, number: rowId, what: z.array(text), commit: text }),
  'forge.pull_reviewed': z.object({ repo: text, by: text, number: rowId, verdict: z.enum(VERDICTS), commit: text }),
  /** `commit`: what it became on its base; null: it was closed without a merge. */
  'forge.pull_ended': z.object({ repo: text, by: text, number: rowId, commit: text.nullable() }),
  /** Decided for the newest commit of a pull request: which required checks failed. */
  'forge.checks_ended': z.object({
    repo: text,
    by: text,
    number: rowId,
    commit: text,
    passed: z.boolean(),
    failed: z.array(text),
  }),
  /** Somebody said something else about a commit than before. */
  'forge.status_set': z.object({ repo: text, by: text, commit: text, context: text, state: z.enum(STATUS_STATES) }),
  /** `waits`: for reviews, checks or statuses. */
  'forge.pull_queued': z.object({ repo: text, by: text, number: rowId, base: text, waits: z.boolean() }),
  'forge.pull_unqueued': z.object({ repo: text, by: text, number: rowId, reason: text }),
  /** Checks of a commit that merges these pull requests, and all ahead of them, begin. */
  'forge.queue_tested': z.object({
    repo: text,
    by: text,
    branch: text,
    numbers: z.array(rowId),
    commit: text,
    purpose: z.enum(RUN_PURPOSES),
  }),
  /** A label of a repository was made, changed or removed. */
  'forge.pull_label_set': z.object({ repo: text, by: text, label: text, removed: z.boolean() }),
  'forge.rules_changed': z.object({ repo: text, by: text, pattern: text, removed: z.boolean() }),
  /**
   * A token for programs outside of boxes was made or removed. `repo`: the repositories that it may use, `*` for all;
   * `owner`: who acts with it.
   */
  'forge.token_changed': z.object({
    repo: text,
    by: text,
    token: text,
    owner: text,
    scopes: z.array(text),
    removed: z.boolean(),
  }),
  /** A mirror was added or removed. */
  'forge.mirror_changed': z.object({ repo: text, by: text, direction: text, url: text, removed: z.boolean() }),
  'forge.webhook_changed': z.object({
    repo: text,
    by: text,
    url: text,
    change: z.enum(['added', 'removed', 'disabled']),
  }),
  /** A mirror fails; told once until it works again. */
  'forge.mirror_failed': z.object({ repo: text, by: text, direction: text, url: text, reason: text }),
  'forge.mirror_recovered': z.object({ repo: text, by: text, direction: text, url: text }),
  'forge.refused': z.object({ repo: text, by: text, reason: text }),
  /** A push that was refused because it contains secrets; the first places, without values. */
  'forge.secret_refused': z.object({ repo: text, by: text, secrets: z.array(text), places: z.array(pushedSecret) }),
  /** The check of a repository found what was not there before: sentences. */
  'forge.damage_found': z.object({ repo: text, by: text, findings: z.array(text) }),
  /** A push that changed nothing because its client was gone before the result could be sent. */
  'forge.push_lost': z.object({ repo: text, by: text, refs: z.array(text), reason: text.nullable() }),
  /** The operator opened a terminal in a box. What it shows, and what is typed, is stored nowhere. */
  'terminal.opened': z.object({ terminal: text, kind: terminalKind, by: text }),
  'terminal.closed': z.object({
    terminal: text,
    kind: terminalKind,
    by: text,
    why: terminalEnd,
    durationMs: z.int(),
    exitCode: z.int().nullable(),
    bytesIn: z.int(),
    bytesOut: z.int(),
  }),
  'dashboard.link': z.object({ by: text }),
  'dashboard.signed_in': z.object({}),
} as const satisfies Record<string, z.ZodType>;

export type EventKind = keyof typeof EVENT_DATA;
export type EventData<K extends EventKind> = z.infer<(typeof EVENT_DATA)[K]>;
export const EVENT_KINDS = Object.keys(EVENT_DATA) as [EventKind, ...EventKind[]];

/** Kinds of events in the forge, which reports them to hived as facts. */
export type ForgeKind = Extract<EventKind, `forge.${string}`>;
export const FORGE_KINDS = EVENT_KINDS.filter((kind): kind is ForgeKind => kind.startsWith('forge.'));

/** One fact. `seq` is global and never reused, and has no gaps in which a reader could miss an event. */
export const hiveEvent = z.strictObject({
  seq: rowId,
  at: epochMs,
  kind: z.enum(EVENT_KINDS),
  agent: agentName.nullable(),
  data: z.record(z.string(), z.unknown()),
});
export type HiveEvent = z.infer<typeof hiveEvent>;
/** An event whose data is typed by its kind. */
export type TypedEvent = {
  [K in EventKind]: Omit<HiveEvent, 'kind' | 'data'> & { kind: K; data: EventData<K> };
}[EventKind];
