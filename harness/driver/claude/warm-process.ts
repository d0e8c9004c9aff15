import type { UsageTotals } from '../../../protocol/schemas/agent.ts';
import type { RecordRaw } from '../../raw/raw-lines.ts';
import type { Emit } from '../../spool/spool.ts';
import { createNoise } from '../noise.ts';
import { type CliExit, type CliProcess, startCli } from '../process/cli-process.ts';
import { describeExit } from '../process/describe-exit.ts';
import { totalsOf } from './count-usage.ts';
import { type LaunchPlan, composeArgv } from './launch.ts';
import { type ClaudeLine, parseClaudeLine, readHugeResult } from './parse-line.ts';

/** Parameters of starting Claude Code. */
export interface StartParts {
  readonly claudePath: string;
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly plan: LaunchPlan;
  readonly emit: Emit;
  readonly record: RecordRaw;
}

/** A running Claude Code with its state across turns. */
export interface WarmProcess {
  readonly exited: Promise<CliExit>;
  /** Its session: the one it was asked to continue, until it reports one itself. */
  sessionId(): string | null;
  /** Whether it has reported its session. */
  hasBegun(): boolean;
  /** Its running totals at the last result; null before the first. */
  totals(): UsageTotals | null;
  /** Whether it can take another turn. */
  isUsable(): boolean;
  /** Passes parsed lines to a turn, or to none. Session, totals and noise are always tracked. */
  follow(onLine: ((line: ClaudeLine) => void) | null): void;
  /** Emits the unparsed lines since the last call as one event. */
  tellNoise(turn: number | null): void;
  write(line: unknown): void;
  /** Ends it gracefully. `why` is for the log. */
  end(why: string): Promise<void>;
  /** Kills it and its descendants now. */
  kill(why: string): void;
  rssBytes: CliProcess['rssBytes'];
}

const SESSION_MISSING = /No conversation found/i;

/** Starts Claude Code, continuing a session if one is given, or a copy of it. Never throws: a failed start is reported as an exit. */
export function startWarmProcess(parts: StartParts, continued: string | null, copy = false): WarmProcess {
  const { emit } = parts;
  const argv = composeArgv(parts.plan, continued === null ? null : { id: continued, copy });
  const cli = startCli(parts.claudePath, { argv, env: parts.env, cwd: parts.cwd, record: parts.record });
  let sessionId = continued;
  let begun = false;
  let totals: UsageTotals | null = null;
  const noise = createNoise(emit);
  let ending: string | null = null;
  let onLine: ((line: ClaudeLine) => void) | null = null;

  function begin(line: { session_id: string; claude_code_version?: string | undefined }): void {
    sessionId = line.session_id;
    if (begun) return;
    begun = true;
    emit('cli.started', { pid: cli.pid ?? 0, version: line.claude_code_version ?? null, sessionId });
  }

  /**
   * No person answers the CLI's requests: its permissions are fixed at start. Without an answer it would wait for
   * ever.
   */
  function refuse(line: { request_id: string; request: { subtype: string } }): void {
    const error = `Nobody answers "${line.request.subtype}" here; go on without it.`;
    cli.write({ type: 'control_response', response: { subtype: 'error', request_id: line.request_id, error } });
    noise.add(`(the CLI asked "${line.request.subtype}" and was refused)`);
  }

  cli.setHandlers({
    onOversize: (head) => {
      const line = readHugeResult(head);
      if (line === null) return noise.add('(a line longer than 4 MiB)');
      onLine?.(line);
      return undefined;
    },
    onLine: (text) => {
      const line = parseClaudeLine(text);
      if (line === null) return noise.add(text);
      if (line.kind === 'init') begin(line.line);
      if (line.kind === 'control_request') refuse(line.line);
      onLine?.(line);
      if (line.kind === 'result') totals = totalsOf(line.line);
      return undefined;
    },
  });

  async function tellExit(): Promise<void> {
    const exit = await cli.exited;
    noise.flush(null);
    if (isSessionMissing(exit, begun)) ending ??= `The conversation ${continued} could not be found.`;
    emit('cli.exited', { code: exit.code, signal: exit.signal, why: ending ?? describeCliExit(exit) });
  }
  void tellExit();

  return {
    exited: cli.exited,
    sessionId: () => sessionId,
    hasBegun: () => begun,
    totals: () => totals,
    isUsable: () => ending === null && cli.isAlive(),
    follow: (next) => {
      onLine = next;
    },
    tellNoise: noise.flush,
    write: cli.write,
    end: (why) => {
      ending ??= why;
      return cli.end();
    },
    kill: (why) => {
      ending ??= why;
      cli.kill();
    },
    rssBytes: cli.rssBytes,
  };
}

/** Whether it ended because the session to continue does not exist: the only sign is a sentence. */
export function isSessionMissing(exit: CliExit, hasBegun: boolean): boolean {
  return !hasBegun && SESSION_MISSING.test(exit.stderr);
}

/**
 * A warning that the CLI prints at each start and that is never a cause of death: it does not know every disabled
 * tool.
 */
const WARNING =
  /^(?:Permission (?:allow|ask|deny) rule .*matches no |Hook matcher .*matches no |Warning:|\(node:\d+\)|\(Use `node )/i;

/** Describes how the CLI ended, without the warnings it prints at each start. */
export function describeCliExit(exit: CliExit): string {
  return describeExit(exit, { program: 'The CLI', isWarning: (line) => WARNING.test(line) });
}
