import type { Emit } from '../../spool/spool.ts';
import {
  type Activity,
  NO_USAGE,
  type StopReason,
  type TurnReport,
  type TurnRequest,
  type Verdict,
  type Words,
} from '../driver.ts';
import type { CliExit } from './cli-process.ts';
import { totalsOf, usageSince } from './count-usage.ts';
import type { ResultLine } from './parse-line.ts';
import { createTurnReader } from './read-turn.ts';
import { type WarmProcess, describeExit, isSessionMissing } from './warm-process.ts';

/** What a conversation needs beside its process. Times are in milliseconds. */
export interface ConverseParts {
  readonly emit: Emit;
  /** When the newest limit that a provider named ends (epoch ms), if it named one since the last call. */
  readonly takeLimit: () => number | null;
  readonly newUuid: () => string;
  readonly now: () => number;
  /** After an interrupt the CLI has this long to end the turn by itself. Default 5 s. */
  readonly graceMs?: number;
  /** A process that said nothing understandable for this long after words it should take is broken. Default 60 s. */
  readonly firstLineMs?: number;
  /** A CLI that says nothing for this long, with no tool running and nothing coming from the provider, is stopped. Default 10 min. */
  readonly silentMs?: number;
  /** When the provider's last bytes came to this box (epoch ms): a long answer is one line at its end. */
  readonly providerHeardAt?: () => number;
}

/**
 * Nothing was done: `session_missing`, because the conversation to continue does not exist;
 * `without_tools`, because the CLI began without the hive's tools (it was ended before it asked the model).
 * `unheard` is everything that it was told in vain.
 */
export type Ended =
  | { kind: 'over'; report: TurnReport }
  | { kind: 'session_missing' | 'without_tools'; unheard: readonly Words[] };

/** A conversation under way. */
export interface Conversation {
  readonly ended: Promise<Ended>;
  /** Says something more; false when it is too late for this turn. */
  say(words: Words): boolean;
  activity(): Activity;
}

const STOPPED: Record<StopReason, string> = {
  operator: 'The operator interrupted it.',
  shutdown: 'The harness is shutting down.',
  turn_lost: 'The hive gave the turn up.',
};
/** A shutdown has little time. */
const SHUTDOWN_GRACE_MS = 1_500;
/** After an error before its first session line, an exit is on its way. */
const EXIT_FOLLOWS_MS = 2_000;
const SILENT_MS = 10 * 60_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Says the prompt to a process and follows it until the turn is over: by its last result, its exit, or a stop
 * from here (interrupt, time-out, a long pause, a long silence). A stop asks first and kills after a grace; a process that ended
 * the turn by itself stays usable, unless it still has words to take in: it would begin a turn of its own.
 */
export function converse(cli: WarmProcess, request: TurnRequest, parts: ConverseParts): Conversation {
  const { signal } = request;
  const before = cli.totals();
  // What an earlier turn left unread says nothing about this one.
  parts.takeLimit();
  const reader = createTurnReader({ ...request, now: parts.now, takeLimit: parts.takeLimit }, parts.emit);
  const timers: NodeJS.Timeout[] = [];
  /** What the turn counts as when it is being stopped, unless the CLI finishes it first. */
  let stopping: Verdict | null = null;
  let over = false;
  let saidMore = false;
  /** The last result that did not end the turn. */
  let counted: ResultLine | null = null;
  let heard = 0;
  let lineAt = parts.now();

  function write(words: Words): void {
    const uuid = parts.newUuid();
    reader.expect(uuid, words);
    cli.write({ type: 'user', uuid, message: { role: 'user', content: [{ type: 'text', text: words.text }] } });
  }

  function say(words: Words): boolean {
    if (over || stopping !== null || !cli.isUsable()) return false;
    saidMore = true;
    write(words);
    return true;
  }

  function activity(): Activity {
    const tool = reader.runningTool();
    return { tool, quietSince: Math.max(lineAt, tool === null ? (parts.providerHeardAt?.() ?? 0) : 0) };
  }

  const ended = new Promise<Ended>((resolve) => {
    function expectAnswer(): void {
      const soFar = heard;
      after(parts.firstLineMs ?? 60_000, () => {
        if (heard === soFar) stop(broken('The CLI said nothing that can be understood.'));
      });
    }

    function after(ms: number, act: () => void): void {
      timers.push(setTimeout(act, Math.min(ms, LONGEST_TIMER_MS)));
    }

    /** Silence alone may be the model's or the provider's; the mail has no part in it. */
    function watchSilence(): void {
      const limit = parts.silentMs ?? SILENT_MS;
      const { tool, quietSince } = activity();
      const left = tool === null ? quietSince + limit - parts.now() : limit;
      if (left > 0) after(left, watchSilence);
      else stop({ kind: 'outage', reason: `The CLI said nothing for ${sayMs(limit)} while no tool was running.` });
    }

    function leave(ended: Ended): void {
      over = true;
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      cli.follow(null);
      resolve(ended);
    }

    function finish(verdict: Verdict, result: ResultLine | null): void {
      if (over) return;
      cli.tellNoise(request.turn);
      const last = result ?? counted;
      const usage = last === null ? NO_USAGE : usageSince(before, totalsOf(last));
      const counts = { toolCalls: reader.toolCalls(), workCalls: reader.workCalls(), answered: reader.answered() };
      if (saidMore && reader.untaken().length > 0) cli.kill('It had not taken in all that was said to it.');
      leave({
        kind: 'over',
        report: { verdict, usage, text: reader.lastText(), sessionId: cli.sessionId(), ...counts },
      });
    }

    function stop(verdict: Verdict, graceMs = parts.graceMs ?? 5_000): void {
      if (over || stopping !== null) return;
      stopping = verdict;
      cli.write({ type: 'control_request', request_id: parts.newUuid(), request: { subtype: 'interrupt' } });
      after(graceMs, () => cli.kill('It did not react to an interrupt.'));
    }

    function onAbort(): void {
      const why = signal.reason as StopReason;
      stop({ kind: 'interrupted', reason: STOPPED[why] }, why === 'shutdown' ? SHUTDOWN_GRACE_MS : undefined);
    }

    /** What it died of before it took the prompt in was not in the prompt. */
    function diedAs(exit: CliExit): Verdict {
      const reason = describeExit(exit);
      return reader.untaken().length > 0 ? broken(reason) : { kind: 'failed', reason, sessionSpent: false };
    }

    function onExit(exit: CliExit): void {
      if (over) return;
      if (stopping === null && isSessionMissing(exit, cli.hasBegun()))
        leave({ kind: 'session_missing', unheard: reader.untaken() });
      else finish(stopping ?? diedAs(exit), null);
    }

    cli.follow((line) => {
      heard += 1;
      lineAt = parts.now();
      if (heard === 1) watchSilence();
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
        if (stopping === null) expectAnswer();
        else finish(stopping, null);
      }
      if (step.kind !== 'ended') return;
      const verdict = step.verdict.kind === 'done' ? step.verdict : (stopping ?? step.verdict);
      if (cli.hasBegun()) finish(verdict, step.result);
      else after(EXIT_FOLLOWS_MS, () => finish(verdict, step.result));
    });
    void cli.exited.then(onExit);
    after(request.timeoutMs, () =>
      stop({ kind: 'timed_out', reason: `The turn took longer than ${request.timeoutMs} ms.` }),
    );
    signal.addEventListener('abort', onAbort, { once: true });
    write(request.prompt);
    expectAnswer();
    if (signal.aborted) onAbort();
  });
  return { ended, say, activity };
}

/** Whether the CLI knows of the hive's MCP server and has not connected to it. */
function lacksHive(servers: readonly { name: string; status: string }[]): boolean {
  return servers.some((server) => server.name === 'hive' && server.status !== 'connected');
}

function sayMs(ms: number): string {
  return ms < 60_000 ? `${ms} ms` : `${Math.round(ms / 60_000)} min`;
}

export function broken(reason: string): Verdict {
  return { kind: 'cli_broken', reason };
}
