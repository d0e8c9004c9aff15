import prettyBytes from 'pretty-bytes';
import { EVENT_DATA, type HiveEvent, type TypedEvent } from '../../../protocol/schemas/event.ts';
import { cutTo } from './fit-table.ts';
import { oneLine } from './clean-text.ts';
import { saySpan, sayTime, sayTimeInZone } from './say-figures.ts';
import type { Terminal } from './terminal.ts';

/** One event on one line, cut to the terminal. */
export function sayEvent(terminal: Terminal, event: HiveEvent, now: number): void {
  const head = `${String(event.seq).padStart(6)}  ${sayTime(event.at, now)}  ${(event.agent ?? '–').padEnd(10)}  ${event.kind.padEnd(20)}`;
  const line = `${head}  ${oneLine(describeEvent(event, now))}`.trimEnd();
  terminal.say(terminal.width === null ? line : cutTo(line, terminal.width));
}

/** What an event says, in a few words. */
export function describeEvent(event: HiveEvent, now: number): string {
  const data = EVENT_DATA[event.kind].safeParse(event.data);
  // An event of another version than ours is shown as it is.
  return data.success ? describe({ ...event, data: data.data } as TypedEvent, now) : JSON.stringify(event.data);
}

function describe(event: TypedEvent, now: number): string {
  switch (event.kind) {
    case 'hive.started':
      return `version ${event.data.version}, ${event.data.adopted} boxes adopted`;
    case 'hive.stopping':
    case 'engine.lost':
      return event.data.reason;
    case 'engine.back':
      return `after ${saySpan(event.data.awayMs)}`;
    case 'disk.level':
      return `${event.data.level}, ${prettyBytes(event.data.freeBytes)} of ${prettyBytes(event.data.totalBytes)} free; ${event.data.biggest.map(({ owner, bytes }) => `${owner} ${prettyBytes(bytes)}`).join(', ')}`;
    case 'disk.over':
      return event.data.reason;
    case 'service.started':
      return `${event.data.service}, pid ${event.data.pid}`;
    case 'service.exited':
      return `${event.data.service}: ${event.data.why}${again(event.data.restartInMs)}`;
    case 'agent.created':
      return `${event.data.role}${event.data.parent === null ? '' : `, child of ${event.data.parent}`}`;
    case 'agent.desired':
      return `${event.data.desired}, by ${event.data.by}`;
    case 'agent.changed':
      return `${event.data.fields.join(', ')}, by ${event.data.by}`;
    case 'agent.rebuilding':
      return `to generation ${event.data.generation}, by ${event.data.by}`;
    case 'agent.rebuilt':
      return `generation ${event.data.generation}`;
    case 'agent.destroyed':
      return event.data.archive === null ? 'files deleted' : `files in ${event.data.archive}`;
    case 'rebuild_all.started':
    case 'rebuild_all.finished':
      return event.data.agents.join(', ');
    case 'box.started':
      return `generation ${event.data.generation} in ${saySpan(event.data.ms)}`;
    case 'box.adopted':
      return `generation ${event.data.generation}`;
    case 'box.exited':
      return `${event.data.oom ? 'out of memory' : `code ${event.data.exitCode ?? '?'}`}${again(event.data.restartInMs)}`;
    case 'box.failed':
      return `${event.data.reason}${again(event.data.retryInMs)}`;
    case 'harness.hello':
      return `generation ${event.data.generation}`;
    case 'harness.lost':
      return `silent for ${saySpan(event.data.silentMs)}`;
    case 'harness.state':
      return `${event.data.state.replaceAll('_', ' ')}${event.data.reason === null ? '' : `: ${event.data.reason}`}`;
    case 'message.sent':
      return `#${event.data.id} ${event.data.from} → ${event.data.to}: ${event.data.preview}`;
    case 'delivery.in_context':
      return `${ids(event.data.messages)} in turn ${event.data.turn}`;
    case 'delivery.released':
      return `${ids(event.data.messages)} by turn ${event.data.turn}: ${event.data.reason}`;
    case 'delivery.dead':
      return `${ids(event.data.messages)} after ${event.data.attempts} attempts: ${event.data.reason}`;
    case 'delivery.read':
    case 'delivery.expired':
      return ids(event.data.messages);
    case 'delivery.joined':
      return `${ids(event.data.messages)} in turn ${event.data.turn} while it ran`;
    case 'delivery.withdrawn':
    case 'delivery.requeued':
      return `${ids(event.data.messages)} by ${event.data.by}`;
    case 'mailbox.full':
      return `of ${event.data.mailbox} (${event.data.messages} messages, ${prettyBytes(event.data.bytes)}): refused ${event.data.sender}`;
    case 'thread.paused':
      return `thread ${event.data.thread} between ${event.data.between.join(', ')}: ${event.data.why}${event.data.question === null ? '' : ` (asked you in #${event.data.question})`}`;
    case 'thread.opened':
    case 'thread.closed':
      return `thread ${event.data.thread} by ${event.data.by}`;
    case 'question.asked':
      return `#${event.data.id} ${event.data.from} → ${event.data.asked}${event.data.deadline === null ? '' : `, until ${sayTimeInZone(event.data.deadline, now)}`}`;
    case 'question.closed':
      return `#${event.data.id} ${event.data.state}${event.data.answer === null ? '' : ` by #${event.data.answer}`}`;
    case 'topic.changed':
      return `${event.data.topic} ${event.data.open ? 'open' : 'closed'}, ${event.data.subscribers} subscribed, by ${event.data.by}`;
    case 'agent.quiet':
      return `${event.data.until === null ? 'over' : `until ${sayTimeInZone(event.data.until, now)}`}, by ${event.data.by}`;
    case 'turn.started':
      return `turn ${event.data.turn} about ${ids(event.data.messages)}`;
    case 'turn.text':
    case 'turn.thinking':
      return event.data.text;
    case 'turn.tool_call':
      return `${event.data.tool} ${event.data.input}`;
    case 'turn.tool_result':
      return `${event.data.ok ? 'ok' : 'failed'}: ${event.data.text}`;
    case 'turn.retry':
      return `attempt ${event.data.attempt} in ${saySpan(event.data.delayMs)}: ${event.data.error}`;
    case 'conversation.dropped':
      return `a fresh one begins, because turn ${event.data.turn} ${event.data.outcome === 'done' ? 'could not continue it' : event.data.outcome.replaceAll('_', ' ')}${event.data.reason === null ? '' : `: ${event.data.reason}`}`;
    case 'transcript.dropped':
      return `${event.data.events} events (${event.data.bytes} bytes) beyond the agent's budget were dropped`;
    case 'turn.noise':
      return `${event.data.lines} lines of garbage, e.g. ${event.data.sample}`;
    case 'turn.finished':
      return `turn ${event.data.turn} ${event.data.outcome.replaceAll('_', ' ')} in ${saySpan(event.data.durationMs)}${isWordless(event.data) ? ', without a word' : ''}${event.data.reason === null ? '' : `: ${event.data.reason}`}`;
    case 'cli.started':
      return `pid ${event.data.pid}${event.data.version === null ? '' : `, version ${event.data.version}`}`;
    case 'cli.exited':
      return `${event.data.why} (${event.data.signal ?? `code ${event.data.code ?? '?'}`})`;
    case 'reminder.set':
      return `for ${sayTimeInZone(event.data.dueAt, now)}`;
    case 'reminder.changed':
      return `reminder ${event.data.id}, now for ${sayTimeInZone(event.data.dueAt, now)}, by ${event.data.by}`;
    case 'reminder.cancelled':
      return `reminder ${event.data.id} by ${event.data.by}`;
    case 'reminder.fired':
      return `as #${event.data.message}${late(event.data.lateMs)}`;
    case 'schedule.set':
      return `schedule ${event.data.id} "${event.data.cron}"${next(event.data.nextAt, now)}`;
    case 'schedule.changed':
      return `schedule ${event.data.id} by ${event.data.by}${event.data.paused ? ', paused' : next(event.data.nextAt, now)}`;
    case 'schedule.cancelled':
      return `schedule ${event.data.id} by ${event.data.by}`;
    case 'schedule.fired':
      return `schedule ${event.data.id}${event.data.message === null ? '' : ` as #${event.data.message}`}${late(event.data.lateMs)}${folded(event.data.folded)}${event.data.trouble === null ? '' : `: ${event.data.trouble}`}`;
    case 'schedule.skipped':
      return event.data.waiting === undefined
        ? `schedule ${event.data.id}, ${event.data.runs} runs`
        : `schedule ${event.data.id}: its runs are skipped until #${event.data.waiting} is read`;
    case 'usage.recorded':
      if (event.data.lost) return `a call to ${event.data.provider} was lost with the gateway: its cost is not known`;
      return `${event.data.model} by ${event.data.provider}: ${event.data.usage.inputTokens} in, ${event.data.usage.outputTokens} out`;
    case 'provider.refused':
      return `${event.data.provider} refused the key (${event.data.status}): hivectl provider set ${event.data.provider}`;
    case 'provider.away':
      return `${event.data.provider} is out of order or out of reach since ${sayTime(event.data.since, now)} (${event.data.status})`;
    case 'provider.back':
      return `${event.data.provider} answers again${event.data.lastFailureAt === undefined ? '' : `, last failure ${sayTime(event.data.lastFailureAt, now)}`}`;
    case 'provider.accepted':
      return `${event.data.provider} takes the key again`;
    case 'provider.changed':
      return `${event.data.provider}: ${event.data.hasKey ? 'key set' : 'no key'}`;
    case 'forge.repo_created':
      return `${event.data.repo} by ${event.data.by}`;
    case 'forge.repo_removed':
      return `${event.data.repo} by ${event.data.by}${event.data.kept === null ? '' : `, kept in ${event.data.kept}`}`;
    case 'forge.default_branch':
      return `${event.data.repo} by ${event.data.by}: ${event.data.branch}`;
    case 'forge.pushed':
      return `${event.data.repo} by ${event.data.by}: ${event.data.refs.map(({ ref }) => ref).join(', ')}`;
    case 'forge.refused':
      return `${event.data.repo}, ${event.data.by}: ${event.data.reason}`;
    case 'dashboard.link':
      return `by ${event.data.by}`;
    case 'dashboard.signed_in':
      return '';
  }
}

/** A turn that was done and in which the model wrote nothing: no text is missing. */
function isWordless(turn: { outcome: string; text: string }): boolean {
  return turn.outcome === 'done' && turn.text.trim() === '';
}

function next(nextAt: number | null, now: number): string {
  return nextAt === null ? ', never again' : `, next ${sayTimeInZone(nextAt, now)}`;
}

function folded(runs = 0): string {
  return runs === 0 ? '' : `, ${runs} skipped before it`;
}

/** Less than a second is on time. */
function late(ms: number): string {
  return ms < 1_000 ? '' : `, ${saySpan(ms)} late`;
}

function again(inMs: number | null): string {
  return inMs === null ? '' : `; again in ${saySpan(inMs)}`;
}

function ids(messages: readonly number[]): string {
  return messages.map((id) => `#${id}`).join(' ');
}
