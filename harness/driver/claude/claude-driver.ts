import type { UsageTotals } from '../../../protocol/schemas/agent.ts';
import type { Driver, Launch, TurnReport, TurnRequest } from '../driver.ts';
import { NO_USAGE } from '../usage.ts';
import { CUT_NOTE, FRESH_NOTE, joinPrompts } from '../prompts.ts';
import { broken } from '../stops.ts';
import { type Conversation, type ConverseParts, type Ended, converse } from './converse.ts';
import { createTranscript } from '../transcript.ts';
import { compactSession } from './compact.ts';
import type { ClaudeSessionFiles } from './session-files.ts';
import { type StartParts, type WarmProcess, startWarmProcess } from './warm-process.ts';

/** Dependencies of the driver. */
export interface ClaudeParts extends StartParts, ConverseParts {
  /** Cleans the CLI's directory; called before each start of a process. */
  readonly prepare: () => Promise<void>;
  readonly attach?: (sessionId: string) => Promise<Launch>;
  readonly sessions: ClaudeSessionFiles;
  /** An idle process is ended after this many milliseconds. */
  readonly warmIdleMs: number;
}

const NOTHING = { text: '', usage: NO_USAGE, toolCalls: 0, workCalls: 0, answered: false };

/**
 * Drives Claude Code. Starting it costs most of a second and 310 MB, so a process is started by the first turn, kept
 * warm for the next, and ended when idle. It is replaced when a turn needs another session.
 */
export function createClaudeDriver(parts: ClaudeParts): Driver {
  let warm: WarmProcess | null = null;
  /** The end of the previous process: two never run at the same time. */
  let ended: Promise<void> = Promise.resolve();
  let idle: NodeJS.Timeout | undefined;
  let conversation: Conversation | null = null;
  /** The last exchange that was reported, until its file is looked at; and whether files ever have them. */
  let written: { id: string; mark: string } | null = null;
  let writesMarks = true;
  /** Whether the running turn's session was compacted. */
  let compacted = false;

  async function letGo(why: string): Promise<void> {
    clearTimeout(idle);
    // One that died may not have written the last of its file: that says nothing about what files have.
    if (warm?.isUsable() !== true) written = null;
    if (warm !== null) ended = warm.end(why);
    warm = null;
    await ended;
    await checkWritten();
  }

  /** Whether a warm process has this session: then its file need not be read. */
  const hasWarm = (sessionId: string | null) =>
    warm !== null && warm.isUsable() && sessionId !== null && warm.sessionId() === sessionId;

  async function processFor({ sessionId, copySession = false }: TurnRequest): Promise<WarmProcess> {
    if (warm !== null && hasWarm(sessionId) && !copySession) return warm;
    await letGo('Another conversation is wanted.');
    await parts.prepare();
    warm = startWarmProcess(parts, sessionId, copySession);
    return warm;
  }

  /** A process for the turn, with the session compacted if that is requested. */
  async function begin(request: TurnRequest): Promise<{ cli: WarmProcess; before: UsageTotals | null }> {
    const cli = await processFor(request);
    const before = cli.totals();
    if (request.compactFirst !== true) return { cli, before };
    const onCompacted = createTranscript(request.turn, parts).compaction;
    const end = await compactSession(cli, { newUuid: parts.newUuid, signal: request.signal, onCompacted });
    compacted = end === 'compacted';
    // A new process counts from zero again.
    return end === 'over' ? { cli: await processFor(request), before: null } : { cli, before };
  }

  async function talk(request: TurnRequest): Promise<Ended> {
    try {
      const { cli, before } = await begin(request);
      conversation = converse(cli, request, { ...parts, countedBefore: before });
    } catch (error) {
      const reason = `The CLI's directory cannot be prepared: ${error instanceof Error ? error.message : String(error)}`;
      return { kind: 'over', report: { verdict: broken(reason), sessionId: request.sessionId, ...NOTHING } };
    }
    return conversation.ended;
  }

  async function runTurn(request: TurnRequest): Promise<TurnReport> {
    clearTimeout(idle);
    compacted = false;
    let { sessionId } = request;
    let sessionLost: TurnReport['sessionLost'] = (await isCut(request)) ? 'cut' : null;
    let ended: Ended =
      sessionLost === null ? await talk(request) : { kind: 'session_missing', unheard: [request.prompt] };
    if (ended.kind === 'session_missing') {
      sessionId = null;
      const fresh = { text: sessionLost === 'cut' ? CUT_NOTE : FRESH_NOTE, messages: [] };
      sessionLost ??= 'missing';
      const prompt = joinPrompts([fresh, ...ended.unheard]);
      ended = await talk({ ...request, sessionId, compactFirst: false, copySession: false, prompt });
    }
    if (ended.kind === 'without_tools')
      ended = await talk({ ...request, sessionId, compactFirst: false, prompt: joinPrompts(ended.unheard) });
    conversation = null;
    idle = setTimeout(() => void letGo('Nothing to do.'), parts.warmIdleMs).unref();
    if (ended.kind === 'over') return { ...ended.report, sessionLost, compacted, sessionMark: markOf(ended.report) };
    if (ended.kind === 'without_tools')
      return { verdict: broken("The CLI began without the hive's tools, twice."), sessionId, ...NOTHING };
    return { verdict: broken('The CLI cannot begin a conversation.'), sessionId: null, ...NOTHING };
  }

  /** Whether the session's file lacks its last exchange. A process that has the session in memory needs no file. */
  async function isCut({ sessionId, sessionMark, copySession }: TurnRequest): Promise<boolean> {
    if (sessionId === null || sessionMark == null || !writesMarks) return false;
    if (hasWarm(sessionId) && copySession !== true) return false;
    // A process writes the last of its file when it ends.
    await letGo('Another conversation is wanted.');
    return (await parts.sessions.holds(sessionId, sessionMark).catch(() => null)) === false;
  }

  /**
   * The last exchange of a turn that ended by itself. The CLI writes its file a little later; that it does so at all is
   * checked when its process ends, and without it nothing is expected of files.
   */
  function markOf({ verdict, sessionId, sessionMark }: TurnReport): string | null {
    if (verdict.kind !== 'done' || sessionId === null || sessionMark == null || !writesMarks) return null;
    written = { id: sessionId, mark: sessionMark };
    return sessionMark;
  }

  /** Looks at the file of a process that ended by itself: the last of it is written then. */
  async function checkWritten(): Promise<void> {
    if (written === null) return;
    const { id, mark } = written;
    written = null;
    if ((await parts.sessions.holds(id, mark).catch(() => null)) === false) writesMarks = false;
  }

  return {
    runTurn,
    files: parts.sessions,
    say: (words) => conversation?.say(words) ?? false,
    ...(parts.attach === undefined ? {} : { attach: parts.attach }),
    activity: () => conversation?.activity() ?? null,
    letGo,
    rssBytes: () => warm?.rssBytes() ?? Promise.resolve(null),
  };
}
