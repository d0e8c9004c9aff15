import type { Driver, Launch, TurnReport, TurnRequest } from '../driver.ts';
import { NO_USAGE } from '../usage.ts';
import { FRESH_NOTE, joinPrompts } from '../prompts.ts';
import { broken } from '../stops.ts';
import { type Conversation, type ConverseParts, type Ended, converse } from './converse.ts';
import { type StartParts, type WarmProcess, startWarmProcess } from './warm-process.ts';

/** Dependencies of the driver. */
export interface ClaudeParts extends StartParts, ConverseParts {
  /** Cleans the CLI's directory; called before each start of a process. */
  readonly prepare: () => Promise<void>;
  readonly attach?: (sessionId: string) => Promise<Launch>;
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

  async function letGo(why: string): Promise<void> {
    clearTimeout(idle);
    if (warm !== null) ended = warm.end(why);
    warm = null;
    await ended;
  }

  async function processFor(sessionId: string | null): Promise<WarmProcess> {
    if (warm !== null && warm.isUsable() && sessionId !== null && warm.sessionId() === sessionId) return warm;
    await letGo('Another conversation is wanted.');
    await parts.prepare();
    warm = startWarmProcess(parts, sessionId);
    return warm;
  }

  async function talk(request: TurnRequest): Promise<Ended> {
    try {
      conversation = converse(await processFor(request.sessionId), request, parts);
    } catch (error) {
      const reason = `The CLI's directory cannot be prepared: ${error instanceof Error ? error.message : String(error)}`;
      return { kind: 'over', report: { verdict: broken(reason), sessionId: request.sessionId, ...NOTHING } };
    }
    return conversation.ended;
  }

  async function runTurn(request: TurnRequest): Promise<TurnReport> {
    clearTimeout(idle);
    let { sessionId } = request;
    let ended = await talk(request);
    if (ended.kind === 'session_missing') {
      sessionId = null;
      const fresh = { text: FRESH_NOTE, messages: [] };
      ended = await talk({ ...request, sessionId, prompt: joinPrompts([fresh, ...ended.unheard]) });
    }
    if (ended.kind === 'without_tools')
      ended = await talk({ ...request, sessionId, prompt: joinPrompts(ended.unheard) });
    conversation = null;
    idle = setTimeout(() => void letGo('Nothing to do.'), parts.warmIdleMs).unref();
    if (ended.kind === 'over') return ended.report;
    if (ended.kind === 'without_tools')
      return { verdict: broken("The CLI began without the hive's tools, twice."), sessionId, ...NOTHING };
    return { verdict: broken('The CLI cannot begin a conversation.'), sessionId: null, ...NOTHING };
  }

  return {
    runTurn,
    say: (words) => conversation?.say(words) ?? false,
    ...(parts.attach === undefined ? {} : { attach: parts.attach }),
    activity: () => conversation?.activity() ?? null,
    letGo,
    rssBytes: () => warm?.rssBytes() ?? Promise.resolve(null),
  };
}
