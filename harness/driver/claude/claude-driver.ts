import type { UsageTotals } from '../../../protocol/schemas/agent.ts';
import type { Emit } from '../../spool/spool.ts';
import { type Driver, NO_USAGE, type StopReason, type TurnReport, type TurnRequest, type Verdict } from '../driver.ts';
import { type CliExit, type CliProcess, startCli } from './cli-process.ts';
import { totalsOf, usageSince } from './count-usage.ts';
import { type LaunchPlan, composeArgv } from './launch.ts';
import { type ResultLine, parseClaudeLine } from './parse-line.ts';
import { createTurnReader } from './read-turn.ts';

/** What the driver is made of. Times are in milliseconds. */
export interface ClaudeParts {
  claudePath: string;
  cwd: string;
  env: Record<string, string>;
  plan: LaunchPlan;
  /** A process with nothing to do is let go after this. */
  warmIdleMs: number;
  emit: Emit;
  /** When the newest limit that a provider named ends (epoch ms), if it named one since the last call. */
  takeLimit: () => number | null;
  newUuid: () => string;
  now: () => number;
  /** After an interrupt the CLI has this long to end the turn by itself. Default 5 s. */
  graceMs?: number;
  /** A process that said nothing understandable for this long after a prompt is broken. Default 60 s. */
  firstLineMs?: number;
}

/** The one process, and what is known of it. */
interface Warm {
  readonly cli: CliProcess;
  sessionId: string | null;
  announced: boolean;
  totals: UsageTotals | null;
  noise: { lines: number; sample: string };
  /** Why it is being ended by us; null while it should live. */
  ending: string | null;
}

type Ended = { kind: 'over'; report: TurnReport } | { kind: 'session_missing' };

const SESSION_MISSING = /No conversation found/i;
const FRESH_NOTE = '(Your earlier conversation could not be restored: this is a fresh one. Your files are all there.)';
const EXIT_FOLLOWS_MS = 2_000;
/** A shutdown has little time. */
const SHUTDOWN_GRACE_MS = 1_500;
const STOPPED: Record<StopReason, string> = {
  operator: 'The operator interrupted it.',
  shutdown: 'The harness is shutting down.',
  turn_lost: 'The hive gave the turn up.',
};

/**
 * Drives Claude Code. Starting it costs most of a second and 310 MB, so a process is started by the first turn,
 * kept warm for the next, and let go when idle. It is replaced when a turn wants another conversation.
 */
export function createClaudeDriver(parts: ClaudeParts): Driver {
  let warm: Warm | null = null;
  /** The end of the process before: there is never a second one beside it. */
  let ended: Promise<unknown> = Promise.resolve();
  let idle: NodeJS.Timeout | undefined;

  function start(sessionId: string | null): Warm {
    const cli = startCli(parts.claudePath, {
      argv: composeArgv(parts.plan, sessionId),
      env: parts.env,
      cwd: parts.cwd,
    });
    const started: Warm = {
      cli,
      sessionId,
      announced: false,
      totals: null,
      noise: { lines: 0, sample: '' },
      ending: null,
    };
    warm = started;
    listen(started, null);
    void noteExit(started);
    return started;
  }

  async function noteExit(of: Warm): Promise<void> {
    const exit = await of.cli.exited;
    if (warm === of) warm = null;
    flushNoise(of, null);
    if (isSessionMissing(of, exit)) of.ending ??= `The conversation ${of.sessionId} could not be found.`;
    parts.emit('cli.exited', { code: exit.code, signal: exit.signal, why: of.ending ?? describeExit(exit) });
  }

  /** Lines of a process, with or without a turn: its session, its running totals and its noise are always followed. */
  function listen(
    from: Warm,
    turn: { onLine: (line: NonNullable<ReturnType<typeof parseClaudeLine>>) => void } | null,
  ): void {
    const addNoise = (sample: string) => {
      from.noise.lines += 1;
      if (from.noise.sample === '') from.noise.sample = sample.slice(0, 200);
    };
    from.cli.setHandlers({
      onOversize: () => addNoise('(a line longer than 4 MiB)'),
      onLine: (text) => {
        const line = parseClaudeLine(text);
        if (line === null) return addNoise(text);
        if (line.kind === 'init') noteInit(from, line.line);
        turn?.onLine(line);
        if (line.kind === 'result') from.totals = totalsOf(line.line);
        return undefined;
      },
    });
  }

  function noteInit(from: Warm, line: { session_id: string; claude_code_version?: string | undefined }): void {
    from.sessionId = line.session_id;
    if (from.announced) return;
    from.announced = true;
    parts.emit('cli.started', {
      pid: from.cli.pid ?? 0,
      version: line.claude_code_version ?? null,
      sessionId: line.session_id,
    });
  }

  function flushNoise(from: Warm, turn: number | null): void {
    if (from.noise.lines > 0) parts.emit('turn.noise', { turn, ...from.noise });
    from.noise = { lines: 0, sample: '' };
  }

  async function end(which: Warm, why: string): Promise<void> {
    which.ending ??= why;
    if (warm === which) warm = null;
    ended = which.cli.end();
    await ended;
  }

  async function processFor(sessionId: string | null): Promise<Warm> {
    if (
      warm !== null &&
      warm.ending === null &&
      warm.cli.isAlive() &&
      sessionId !== null &&
      warm.sessionId === sessionId
    )
      return warm;
    if (warm !== null) await end(warm, 'Another conversation is wanted.');
    await ended;
    return start(sessionId);
  }

  async function runTurn(request: TurnRequest): Promise<TurnReport> {
    clearTimeout(idle);
    const first = await processFor(request.sessionId);
    let outcome = await converse(first, request, request.prompt);
    if (outcome.kind === 'session_missing') {
      await end(first, 'A fresh conversation is started.');
      outcome = await converse(start(null), request, `${FRESH_NOTE}\n\n${request.prompt}`);
    }
    if (warm !== null) idle = setTimeout(() => void letGo('Nothing to do.'), parts.warmIdleMs).unref();
    if (outcome.kind === 'over') return outcome.report;
    return {
      verdict: failed('The CLI cannot begin a conversation.'),
      text: '',
      sessionId: null,
      usage: NO_USAGE,
      toolCalls: 0,
    };
  }

  /** Says the prompt and follows the CLI until the turn is over, in whatever way. */
  function converse(on: Warm, request: TurnRequest, prompt: string): Promise<Ended> {
    const uuid = parts.newUuid();
    const before = on.totals;
    // What an earlier turn left unread says nothing about this one.
    parts.takeLimit();
    const reader = createTurnReader({ ...request, uuid, now: parts.now, takeLimit: parts.takeLimit }, parts.emit);
    const timers: NodeJS.Timeout[] = [];
    const after = (ms: number, act: () => void) => void timers.push(setTimeout(act, Math.min(ms, 2 ** 31 - 1)));

    return new Promise((resolve) => {
      /** Set when the turn is being stopped: what it will count as, unless the CLI finishes first. */
      let stopping: Verdict | null = null;
      let over = false;

      const leave = (outcome: Ended) => {
        over = true;
        for (const timer of timers) clearTimeout(timer);
        request.signal.removeEventListener('abort', onAbort);
        listen(on, null);
        resolve(outcome);
      };

      const finish = (verdict: Verdict, result: ResultLine | null) => {
        if (over) return;
        flushNoise(on, request.turn);
        const usage = result === null ? NO_USAGE : usageSince(before, totalsOf(result));
        const { sessionId } = on;
        leave({
          kind: 'over',
          report: { verdict, text: reader.lastText(), sessionId, usage, toolCalls: reader.toolCalls() },
        });
      };

      const stop = (verdict: Verdict, graceMs = parts.graceMs ?? 5_000) => {
        if (over || stopping !== null) return;
        stopping = verdict;
        on.cli.write({ type: 'control_request', request_id: parts.newUuid(), request: { subtype: 'interrupt' } });
        after(graceMs, () => {
          on.ending = 'It did not react to an interrupt.';
          on.cli.kill();
        });
      };

      const onAbort = () => {
        const why = request.signal.reason as StopReason;
        stop({ kind: 'interrupted', reason: STOPPED[why] }, why === 'shutdown' ? SHUTDOWN_GRACE_MS : undefined);
      };

      let heard = false;
      listen(on, {
        onLine: (line) => {
          heard = true;
          const step = reader.read(line);
          if (step.kind === 'park') stop(step.verdict);
          if (step.kind !== 'ended') return;
          const verdict = step.verdict.kind === 'done' ? step.verdict : (stopping ?? step.verdict);
          // An error before anything else may be a missing session: stderr says so, and the exit follows.
          if (on.announced) finish(verdict, step.result);
          else after(EXIT_FOLLOWS_MS, () => finish(verdict, step.result));
        },
      });
      void on.cli.exited.then((exit) => {
        if (over) return undefined;
        if (stopping === null && isSessionMissing(on, exit)) return leave({ kind: 'session_missing' });
        return finish(stopping ?? failed(describeExit(exit)), null);
      });

      after(request.timeoutMs, () =>
        stop({ kind: 'timed_out', reason: `The turn took longer than ${request.timeoutMs} ms.` }),
      );
      after(parts.firstLineMs ?? 60_000, () => {
        if (!heard) stop(failed('The CLI said nothing that can be understood.'));
      });
      request.signal.addEventListener('abort', onAbort, { once: true });
      on.cli.write({ type: 'user', uuid, message: { role: 'user', content: [{ type: 'text', text: prompt }] } });
      if (request.signal.aborted) onAbort();
    });
  }

  async function letGo(why: string): Promise<void> {
    clearTimeout(idle);
    if (warm !== null) await end(warm, why);
  }

  return { runTurn, letGo, rssBytes: () => warm?.cli.rssBytes() ?? Promise.resolve(null) };
}

function isSessionMissing(from: Warm, exit: CliExit): boolean {
  return !from.announced && SESSION_MISSING.test(exit.stderr);
}

function failed(reason: string): Verdict {
  return { kind: 'failed', reason, sessionSpent: false };
}

function describeExit(exit: CliExit): string {
  if (exit.startError !== null) return `The CLI could not be started: ${exit.startError}.`;
  const how = exit.signal === null ? `with code ${exit.code}` : `by ${exit.signal}`;
  return `The CLI ended ${how}.${exit.stderr === '' ? '' : ` It said: ${exit.stderr.slice(-500)}`}`;
}
