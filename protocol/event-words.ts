import type { EventData, EventKind, HiveEvent } from './schemas/event.ts';
import { sayAmount, sayBudget, sayPeriod } from './budget-words.ts';
import { sayToolName } from './tool-names.ts';

/** How a view formats figures and times: short in a terminal, spelled out on the page. */
export interface EventFormat {
  /** Milliseconds. */
  span(ms: number): string;
  /** A past time, in epoch milliseconds. */
  past(at: number): string;
  /** A future time, in epoch milliseconds. */
  ahead(at: number): string;
  bytes(count: number): string;
}

/** The severity of an event beside others: `bad` needs somebody's attention, `warn` is out of the ordinary. */
export type EventTone = 'quiet' | 'good' | 'warn' | 'bad';

/** The texts of one kind of event. */
interface EventWords<K extends EventKind> {
  /** What happened, in a word or two of small letters: the start of its line. */
  readonly title: string;
  /** The rest of the line; empty where the title says it all. */
  say(data: EventData<K>, format: EventFormat): string;
  /** Its tone in the agent's transcript; when missing or null, it is not shown there. */
  readonly tone?: EventTone | ((data: EventData<K>) => EventTone | null);
  /**
   * The agent's activity from now on, in a line; null: it does nothing any longer. When missing, the event does not
   * change the activity.
   */
  now?(data: EventData<K>): string | null;
}

/**
 * The texts of every kind of event, defined once: for `hivectl events` and `tail`, the page's transcripts and the line
 * with an agent's activity. The data is declared in schemas/event.ts. This file has only texts, so that the page can
 * import them without the schemas.
 */
export const EVENT_WORDS: { readonly [K in EventKind]: EventWords<K> } = {
  'hive.started': {
    title: 'hive started',
    say: ({ version, adopted }) => `version ${version}, ${adopted} boxes adopted`,
  },
  'hive.stopping': { title: 'hive stops', say: ({ reason }) => reason },
  'engine.lost': { title: 'engine lost', say: ({ reason }) => reason },
  'engine.back': { title: 'engine back', say: ({ awayMs }, { span }) => `after ${span(awayMs)}` },
  'disk.level': {
    title: 'disk',
    say: ({ level, freeBytes, totalBytes, biggest }, { bytes }) =>
      `${level}, ${bytes(freeBytes)} of ${bytes(totalBytes)} free; ${biggest.map((one) => `${one.owner} ${bytes(one.bytes)}`).join(', ')}`,
  },
  'disk.over': { title: 'over its disk limit', say: ({ reason }) => reason },
  'service.started': { title: 'service started', say: ({ service, pid }) => `${service}, pid ${pid}` },
  'service.exited': {
    title: 'service ended',
    say: ({ service, why, restartInMs }, format) => `${service}: ${why}${again(restartInMs, format)}`,
  },

  'agent.created': {
    title: 'created',
    say: ({ role, parent }) => `${role}${parent === null ? '' : `, child of ${parent}`}`,
    tone: 'quiet',
  },
  'agent.desired': { title: 'declared', say: ({ desired, by }) => `${desired}, by ${by}`, tone: 'quiet' },
  'agent.changed': { title: 'changed', say: ({ fields, by }) => `${fields.join(', ')}, by ${by}` },
  'agent.note': {
    title: 'note',
    say: ({ text, by }) => `${text === '' ? 'taken away' : text}, by ${by}`,
    tone: 'quiet',
  },
  'agent.rebuilding': {
    title: 'rebuild',
    say: ({ generation, by }) => `to generation ${generation}, by ${by}`,
    tone: 'quiet',
  },
  'agent.rebuilt': { title: 'rebuilt', say: ({ generation }) => `generation ${generation}`, tone: 'good' },
  'agent.destroyed': {
    title: 'destroyed',
    say: ({ archive }) => (archive === null ? 'files deleted' : `files in ${archive}`),
    now: () => null,
  },
  'rebuild_all.started': { title: 'rebuilds', say: ({ agents }) => agents.join(', ') },
  'rebuild_all.finished': { title: 'rebuilt', say: ({ agents }) => agents.join(', ') },
  'box.started': {
    title: 'box started',
    say: ({ generation, ms }, { span }) => `generation ${generation} in ${span(ms)}`,
    tone: 'quiet',
  },
  'box.adopted': { title: 'box adopted', say: ({ generation }) => `generation ${generation}`, tone: 'quiet' },
  'box.exited': {
    title: 'box ended',
    say: ({ oom, exitCode, restartInMs }, format) =>
      `${oom ? 'out of memory' : `code ${exitCode ?? '?'}`}${again(restartInMs, format)}`,
    tone: 'bad',
  },
  'box.failed': {
    title: 'the box could not be run',
    say: ({ reason, retryInMs }, format) => `${reason}${again(retryInMs, format)}`,
    tone: 'bad',
  },
  'harness.hello': { title: 'harness connected', say: ({ generation }) => `generation ${generation}`, tone: 'quiet' },
  'harness.lost': {
    title: 'harness lost',
    say: ({ silentMs }, { span }) => `silent for ${span(silentMs)}`,
    tone: 'bad',
  },
  'harness.state': {
    title: 'harness',
    say: ({ state, reason }) => `${state.replaceAll('_', ' ')}${because(reason)}`,
    tone: ({ reason }) => (reason === null ? null : 'warn'),
  },

  'message.sent': { title: 'sent', say: ({ id, from, to, preview }) => `#${id} ${from} → ${to}: ${preview}` },
  'mailbox.full': {
    title: 'mailbox full',
    say: ({ mailbox, messages, bytes, sender }, format) =>
      `of ${mailbox} (${messages} messages, ${format.bytes(bytes)}): refused ${sender}`,
  },
  'delivery.in_context': {
    title: 'reads',
    say: ({ messages, turn }) => `${ids(messages)} in turn ${turn}`,
    tone: 'quiet',
  },
  'delivery.joined': {
    title: 'reads',
    say: ({ messages, turn }) => `${ids(messages)} in turn ${turn} while it ran`,
    tone: 'quiet',
  },
  'delivery.released': {
    title: 'put back',
    say: ({ messages, turn, reason }) => `${ids(messages)} by turn ${turn}: ${reason}`,
    tone: 'warn',
  },
  'delivery.dead': {
    title: 'given up',
    say: ({ messages, attempts, reason }) => `${ids(messages)} after ${attempts} attempts: ${reason}`,
    tone: 'bad',
  },
  'delivery.read': { title: 'read', say: ({ messages }) => ids(messages) },
  'delivery.expired': { title: 'expired', say: ({ messages }) => ids(messages), tone: 'warn' },
  'delivery.withdrawn': {
    title: 'withdrawn',
    say: ({ messages, by }) => `${ids(messages)} by ${by}`,
    tone: 'quiet',
  },
  'delivery.requeued': {
    title: 'tried again',
    say: ({ messages, by }) => `${ids(messages)} by ${by}`,
    tone: 'quiet',
  },

  'thread.paused': {
    title: 'paused',
    say: ({ thread, between, why, question }) =>
      `thread ${thread} between ${between.join(', ')}: ${why}${question === null ? '' : ` (asked you in #${question})`}`,
  },
  'thread.opened': { title: 'opened', say: ({ thread, by }) => `thread ${thread} by ${by}` },
  'thread.closed': { title: 'closed', say: ({ thread, by }) => `thread ${thread} by ${by}` },
  'question.asked': {
    title: 'asks',
    say: ({ id, from, asked, deadline }, { ahead }) =>
      `#${id} ${from} → ${asked}${deadline === null ? '' : `, until ${ahead(deadline)}`}`,
  },
  'question.closed': {
    title: 'question',
    say: ({ id, state, answer }) => `#${id} ${state}${answer === null ? '' : ` by #${answer}`}`,
  },
  'topic.changed': {
    title: 'topic',
    say: ({ topic, open, subscribers, by }) =>
      `${topic} ${open ? 'open' : 'closed'}, ${subscribers} subscribed, by ${by}`,
  },
  'agent.quiet': {
    title: 'do not disturb',
    say: ({ until, by }, { ahead }) => `${until === null ? 'over' : `until ${ahead(until)}`}, by ${by}`,
    tone: 'quiet',
  },

  'turn.started': {
    title: 'turn started',
    say: ({ turn, messages }) => `turn ${turn} about ${ids(messages)}`,
    now: () => 'reading its mail',
  },
  'turn.text': { title: 'says', say: ({ text }) => text, now: ({ text }) => text },
  'turn.thinking': { title: 'thinks', say: ({ text }) => text, now: () => 'thinking' },
  'turn.tool_call': {
    title: 'calls',
    say: ({ tool, input }) => `${tool} ${input}`,
    now: ({ tool, input }) => `${sayToolName(tool)} ${input}`,
  },
  'turn.tool_result': { title: 'answered', say: ({ ok, text }) => `${ok ? 'ok' : 'failed'}: ${text}` },
  'turn.retry': {
    title: 'the model did not answer',
    say: ({ attempt, delayMs, error }, { span }) => `attempt ${attempt} in ${span(delayMs)}: ${error}`,
    tone: 'warn',
    now: ({ error, attempt }) => `asking the model again (${error}, try ${attempt})`,
  },
  'turn.noise': {
    title: 'unknown output',
    say: ({ lines, sample }) => `${lines} lines of garbage, e.g. ${sample}`,
    tone: 'quiet',
  },
  'conversation.dropped': {
    title: 'conversation dropped',
    say: ({ turn, outcome, reason }) =>
      `a fresh one begins, because turn ${turn} ${outcome === 'done' ? 'could not continue it' : outcome.replaceAll('_', ' ')}${because(reason)}`,
    tone: 'warn',
  },
  'transcript.dropped': {
    title: 'transcript cut',
    say: ({ events, bytes }) => `${events} events (${bytes} bytes) beyond the agent's budget were dropped`,
    tone: 'warn',
  },
  'turn.finished': {
    title: 'turn ended',
    say: ({ turn, outcome, durationMs, text, reason }, { span }) =>
      `turn ${turn} ${outcome.replaceAll('_', ' ')} in ${span(durationMs)}${isWordless({ outcome, text }) ? ', without a word' : ''}${because(reason)}`,
    now: () => null,
  },
  'cli.started': {
    title: 'CLI started',
    say: ({ pid, version }) => `pid ${pid}${version === null ? '' : `, version ${version}`}`,
  },
  'cli.exited': {
    title: 'CLI ended',
    say: ({ why, signal, code }) => `${why} (${signal ?? `code ${code ?? '?'}`})`,
    tone: 'quiet',
  },

  'reminder.set': { title: 'reminder set', say: ({ dueAt }, { ahead }) => `for ${ahead(dueAt)}` },
  'reminder.changed': {
    title: 'reminder',
    say: ({ id, dueAt, by }, { ahead }) => `reminder ${id}, now for ${ahead(dueAt)}, by ${by}`,
  },
  'reminder.cancelled': { title: 'reminder off', say: ({ id, by }) => `reminder ${id} by ${by}` },
  'reminder.fired': {
    title: 'reminded',
    say: ({ message, lateMs }, format) => `as #${message}${late(lateMs, format)}`,
  },
  'schedule.set': {
    title: 'schedule set',
    say: ({ id, cron, nextAt }, format) => `schedule ${id} "${cron}"${next(nextAt, format)}`,
  },
  'schedule.changed': {
    title: 'schedule',
    say: ({ id, by, paused, nextAt }, format) => `schedule ${id} by ${by}${paused ? ', paused' : next(nextAt, format)}`,
  },
  'schedule.cancelled': { title: 'schedule off', say: ({ id, by }) => `schedule ${id} by ${by}` },
  'schedule.fired': {
    title: 'schedule ran',
    say: ({ id, message, lateMs, folded = 0, trouble }, format) =>
      `schedule ${id}${message === null ? '' : ` as #${message}`}${late(lateMs, format)}${folded === 0 ? '' : `, ${folded} skipped before it`}${because(trouble)}`,
  },
  'schedule.skipped': {
    title: 'skipped',
    say: ({ id, runs, waiting }) =>
      waiting === undefined
        ? `schedule ${id}, ${runs} runs`
        : `schedule ${id}: its runs are skipped until #${waiting} is read`,
  },

  'usage.recorded': {
    title: 'usage',
    say: ({ lost, estimated, provider, model, usage, reasoningTokens }) =>
      lost
        ? `a call to ${provider} was lost with the gateway: its cost is not known`
        : `${model} by ${provider}: ${usage.inputTokens} in, ${usage.outputTokens} out${reasoningTokens > 0 ? ` (${reasoningTokens} of it reasoning)` : ''}${estimated ? ', estimated: the answer broke off' : ''}`,
  },
  'provider.refused': {
    title: 'key refused',
    say: ({ provider, status }) => `${provider} refused the key (${status}): hivectl provider set ${provider}`,
  },
  'provider.accepted': { title: 'key accepted', say: ({ provider }) => `${provider} takes the key again` },
  'provider.away': {
    title: 'provider away',
    say: ({ provider, since, status }, { past }) =>
      `${provider} is out of order or out of reach since ${past(since)} (${status})`,
  },
  'provider.limited': {
    title: 'provider limit',
    say: ({ provider, modelClass, until }, { ahead }) =>
      `the account at ${provider}${modelClass === null ? '' : ` (${modelClass})`} has reached its limit, ends ${ahead(until)}`,
  },
  'provider.back': {
    title: 'provider back',
    say: ({ provider, lastFailureAt }, { past }) =>
      `${provider} answers again${lastFailureAt === undefined ? '' : `, last failure ${past(lastFailureAt)}`}`,
  },
  'provider.changed': {
    title: 'provider',
    say: ({ provider, hasKey, by }) =>
      `${provider}: ${hasKey ? 'key set' : 'no key'}${by === undefined ? '' : `, by ${by}`}`,
  },

  'egress.refused': {
    title: 'host refused',
    say: ({ host, port, why }) => `${host}${port === 0 ? '' : `:${port}`} (${why})`,
  },
  'approval.asked': {
    title: 'asks for a host',
    say: ({ id, host, port }) => `${host}:${port}: hivectl approve ${id}`,
  },
  'approval.answered': {
    title: 'approval',
    say: ({ id, host, port, answer, by }) => `${id} (${host}:${port}): ${answer}, by ${by}`,
  },
  'egress.changed': {
    title: 'host rule',
    say: ({ subject, target, verdict, term, by }) =>
      `${EGRESS_WORDS[verdict]}: ${target} for ${subject}${term === 'always' ? '' : `, ${term}`}, by ${by}`,
  },

  'budget.changed': {
    title: 'budget',
    say: ({ amount, by, ...budget }) =>
      amount === null
        ? `no limit any more ${sayPeriod(budget.per)} for ${budget.scope}, by ${by}`
        : `${sayBudget({ ...budget, amount })}, by ${by}`,
  },
  'budget.warned': {
    title: 'budget low',
    say: ({ budget, spent, unit }) => `${sayAmount(unit, spent)} used of ${budget}`,
  },
  'budget.reached': {
    title: 'budget used up',
    say: ({ budget, spent, unit }) => `${sayAmount(unit, spent)} used of ${budget}`,
  },
  'budget.stopped': {
    title: 'stopped by a budget',
    say: ({ budget, until, cut }, { ahead }) =>
      `${budget}${cut ? ', an answer was broken off' : ''}${until === null ? '' : `, goes on ${ahead(until)}`}`,
    tone: 'warn',
  },
  'forge.repo_created': { title: 'repository made', say: ({ repo, by }) => `${repo} by ${by}` },
  'forge.repo_removed': {
    title: 'repository removed',
    say: ({ repo, by, kept }) => `${repo} by ${by}${kept === null ? '' : `, kept in ${kept}`}`,
  },
  'forge.default_branch': { title: 'default branch', say: ({ repo, by, branch }) => `${repo} by ${by}: ${branch}` },
  'forge.pushed': {
    title: 'pushed',
    say: ({ repo, by, refs }) => `${repo} by ${by}: ${refs.map(({ ref }) => ref).join(', ')}`,
  },
  'forge.refused': { title: 'refused', say: ({ repo, by, reason }) => `${repo}, ${by}: ${reason}` },
  'forge.push_lost': {
    title: 'broke off',
    say: ({ repo, by, reason }) => `${repo} by ${by}, nothing changed: ${reason ?? 'the connection ended'}`,
  },
  'dashboard.link': { title: 'sign-in link', say: ({ by }) => `by ${by}` },
  'dashboard.signed_in': { title: 'signed in', say: () => '' },
};

const EGRESS_WORDS = { allow: 'allowed', deny: 'denied', removed: 'rule removed' } as const;

/** An event's line; its data must be as its kind declares. */
export function sayEventWords(event: Pick<HiveEvent, 'kind' | 'data'>, format: EventFormat): string {
  return wordsOf(event.kind).say(event.data, format);
}

/** An event's tone in its agent's transcript; null: it has no line of its own there. */
export function toneOf(event: Pick<HiveEvent, 'kind' | 'data'>): EventTone | null {
  const { tone = null } = wordsOf(event.kind);
  return typeof tone === 'function' ? tone(event.data) : tone;
}

/** The agent's activity after the event; null: it does nothing any longer; undefined: the event does not change it. */
export function activityOf(event: Pick<HiveEvent, 'kind' | 'data'>): string | null | undefined {
  return wordsOf(event.kind).now?.(event.data);
}

/** A turn that succeeded without any text from the model: no text is missing. */
export function isWordless(turn: { outcome: string; text: string }): boolean {
  return turn.outcome === 'done' && turn.text.trim() === '';
}

/** The table without the type relation between a kind and its data, which the caller ensures. */
function wordsOf(kind: EventKind): EventWords<never> & {
  say(data: HiveEvent['data'], format: EventFormat): string;
  readonly tone?: EventTone | ((data: HiveEvent['data']) => EventTone | null);
  now?(data: HiveEvent['data']): string | null;
} {
  return EVENT_WORDS[kind] as never;
}

function because(reason: string | null): string {
  return reason === null ? '' : `: ${reason}`;
}

function next(nextAt: number | null, { ahead }: EventFormat): string {
  return nextAt === null ? ', never again' : `, next ${ahead(nextAt)}`;
}

/** Less than a second counts as on time. */
function late(ms: number, { span }: EventFormat): string {
  return ms < 1_000 ? '' : `, ${span(ms)} late`;
}

function again(inMs: number | null, { span }: EventFormat): string {
  return inMs === null ? '' : `; again in ${span(inMs)}`;
}

function ids(messages: readonly number[]): string {
  return messages.map((id) => `#${id}`).join(' ');
}
