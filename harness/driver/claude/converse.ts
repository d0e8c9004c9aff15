import type { UsageTotals } from '../../../protocol/schemas/agent.ts';
import type { Emit } from '../../spool/spool.ts';
import type { Activity, Prompt, StopReason, TurnReport, TurnRequest, Verdict } from '../driver.ts';
import type { CliExit } from '../process/cli-process.ts';
import { broken, describeStop, FIRST_LINE_MS, SILENT_MS, timedOut } from '../stops.ts';
import { createTranscript } from '../transcript.ts';
import { type ClockEnd, sayMs, startTurnClock } from '../turn-clock.ts';
import { NO_USAGE, usageSince } from '../usage.ts';
import { totalsOf } from './count-usage.ts';
import type { ClaudeLine, ResultLine } from './parse-line.ts';
import { createTurnReader } from './read-turn.ts';
import { type WarmProcess, describeCliExit, isSessionMissing } from './warm-process.ts';

/** Settings of a session's turn, beside its process. Times are in milliseconds. */
export interface ConverseParts {
  readonly emit: Emit;
  readonly newUuid: () => string;
  readonly now: () => number;
  /** The CLI's running totals from which the turn counts; default: those at its start. */
  readonly countedBefore?: UsageTotals | null;
  /** How long the CLI may take to end the turn by itself after an interrupt. Default 5 s. */
  readonly graceMs?: number;
  /** A process without a valid line for this long after input counts as broken. Default 3 min: on a busy
   * machine a good one takes more than one. */
  readonly firstLineMs?: number;
  /**
   * A CLI that is silent for this long, with no tool running and no data from the provider, is stopped. Default 10
   * min.
   */
  readonly silentMs?: number | undefined;
  /** When this box last received bytes from the provider (epoch ms): a long answer is one line at its end. */
  readonly providerHeardAt?: () => number;
}

/**
 * Ended without work: `session_missing`, because the session to continue does not exist; `without_tools`, because the
 * CLI began without the hive's tools (it was ended before it asked the model). `unheard` contains the messages that
 * were written to it and not accepted.
 */
export type Ended =
  | { kind: 'over'; report: TurnReport }
  | { kind: 'session_missing' | 'without_tools'; unheard: readonly Prompt[] };

/** A running exchange with the CLI. */
export interface Conversation {
  readonly ended: Promise<Ended>;
  /** Writes a further message; false when it is too late for this turn. */
  say(words: Prompt): boolean;
  activity(): Activity;
}

/** After an error before its first session line, the CLI is about to exit. */
const EXIT_FOLLOWS_MS = 2_000;

/**
 * Writes the prompt to a process and follows it until the turn is over: by its last result, its exit, or a stop from
 * here (interrupt, time-out, a long pause, a long silence). A stop asks first and kills after a grace period; a
 * process that ended the turn by itself stays usable, unless it still has unread input: it would begin a turn of its
 * own.
 */
export function converse(cli: WarmProcess, request: TurnRequest, parts: ConverseParts): Conversation {
  const { signal } = request;
  const before = parts.countedBefore === undefined ? cli.totals() : parts.countedBefore;
  const transcript = createTranscript(request.turn, parts);
  const reader = createTurnReader({ ...request, now: parts.now }, transcript);
  const silentMs = parts.silentMs ?? SILENT_MS;
  const clock = startTurnClock({
    now: parts.now,
    timeoutMs: request.timeoutMs,
    firstLineMs: parts.firstLineMs ?? FIRST_LINE_MS,
    silentMs,
    runningTool: transcript.tools.oldest,
    providerHeardAt: parts.providerHeardAt ?? (() => 0),
    onEnd: (end) => stop(verdictOf(end)),
  });
  /** The turn's verdict while it is being stopped, unless the CLI finishes it first. */
  let stopping: Verdict | null = null;
  let over = false;
  let saidMore = false;
  /** The last result that did not end the turn. */
  let counted: ResultLine | null = null;
  let leave: (ended: Ended) => void = () => undefined;

  function write(words: Prompt): void {
    const uuid = parts.newUuid();
    reader.expect(uuid, words);
    cli.write({ type: 'user', uuid, message: { role: 'user', content: [{ type: 'text', text: words.text }] } });
  }

  function say(words: Prompt): boolean {
    if (over || stopping !== null || !cli.isUsable()) return false;
    saidMore = true;
    write(words);
    return true;
  }

  /** A silence may be the model's or the provider's, so the mail is not blamed. */
  function verdictOf(end: ClockEnd): Verdict {
    switch (end) {
      case 'timed_out':
        return timedOut(request.timeoutMs);
      case 'mute':
        return broken('The CLI said nothing that can be understood.');
      case 'silent':
        return { kind: 'outage', reason: `The CLI said nothing for ${sayMs(silentMs)} while no tool was running.` };
    }
  }

  function finish(verdict: Verdict, result: ResultLine | null): void {
    if (over) return;
    cli.tellNoise(request.turn);
    const last = result ?? counted;
    const usage = last === null ? NO_USAGE : usageSince(before, totalsOf(last));
    if (saidMore && reader.untaken().length > 0) cli.kill('It had not taken in everything that was said to it.');
    const { answered, lastText } = reader;
    const report = { verdict, usage, text: lastText(), sessionId: cli.sessionId(), answered: answered() };
    leave({
      kind: 'over',
      report: { ...report, ...transcript.counts(), ...reader.size(), sessionMark: reader.newestId() },
    });
  }

  function stop(verdict: Verdict, graceMs = describeStop('operator', parts.graceMs).graceMs): void {
    if (over || stopping !== null) return;
    stopping = verdict;
    cli.write({ type: 'control_request', request_id: parts.newUuid(), request: { subtype: 'interrupt' } });
    clock.after(graceMs, () => cli.kill('It did not react to an interrupt.'));
  }

  function onAbort(): void {
    const { verdict, graceMs } = describeStop(signal.reason as StopReason, parts.graceMs);
    stop(verdict, graceMs);
  }

  /** A CLI that died before it accepted the prompt did not die of the prompt. */
  function diedAs(exit: CliExit): Verdict {
    const reason = describeCliExit(exit);
    return reader.untaken().length > 0 ? broken(reason) : { kind: 'failed', reason, sessionSpent: false };
  }

  function onExit(exit: CliExit): void {
    if (over) return;
    if (stopping === null && isSessionMissing(exit, cli.hasBegun()))
      leave({ kind: 'session_missing', unheard: reader.untaken() });
    else finish(stopping ?? diedAs(exit), null);
  }

  function onLine(line: ClaudeLine): void {
    clock.hear();
    const unheard = reader.untaken();
    if (line.kind === 'init' && unheard.length > 0 && lacksHive(line.line.mcp_servers)) {
      cli.kill("It began without the hive's tools.");
      leave({ kind: 'without_tools', unheard });
      return;
    }
    const step = reader.read(line);
    if (step.kind === 'park') stop(step.verdict);
    if (step.kind === 'continues') {
      counted = step.result;
      if (stopping === null) clock.expectLine();
      else finish(stopping, null);
    }
    if (step.kind !== 'ended') return;
    const verdict = step.verdict.kind === 'done' ? step.verdict : (stopping ?? step.verdict);
    if (cli.hasBegun()) finish(verdict, step.result);
    else clock.after(EXIT_FOLLOWS_MS, () => finish(verdict, step.result));
  }

  const ended = new Promise<Ended>((resolve) => {
    leave = (how) => {
      over = true;
      clock.stop();
      signal.removeEventListener('abort', onAbort);
      cli.follow(null);
      resolve(how);
    };
  });
  cli.follow(onLine);
  void cli.exited.then(onExit);
  signal.addEventListener('abort', onAbort, { once: true });
  write(request.prompt);
  clock.expectLine();
  if (signal.aborted) onAbort();
  return { ended, say, activity: clock.activity };
}

/** Whether the CLI has the hive's MCP server configured and has not connected to it. */
function lacksHive(servers: readonly { name: string; status: string }[]): boolean {
  return servers.some((server) => server.name === 'hive' && server.status !== 'connected');
}
