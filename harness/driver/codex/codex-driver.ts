import type { Driver, DriverPlace, TurnReport, TurnRequest } from '../driver.ts';
import { notStarted } from '../stops.ts';
import { type AppServer, type CodexProgram, startAppServer } from './app-server.ts';
import { type Conversation, converse } from './converse.ts';
import { type CodexTerminal, openCodexTerminal } from './terminal.ts';

/** Dependencies of the driver. */
export interface CodexParts {
  readonly place: DriverPlace;
  readonly program: CodexProgram;
  /** Cleans the CLI's directory; called before each start of a process. */
  readonly prepare: () => Promise<void>;
  /** The CLI's directory. */
  readonly homeDir: string;
}

/**
 * Drives Codex through its app-server. A process is started by the first turn, kept warm for the next, and ended when
 * idle. It is replaced when a turn needs another conversation: the CLI reads its directory again for each, and only
 * before the start of a process is that directory cleaned.
 */
export function createCodexDriver({ place, program, prepare, homeDir }: CodexParts): Driver {
  let warm: AppServer | null = null;
  /** The end of the previous process: two never run at the same time. */
  let ended: Promise<void> = Promise.resolve();
  let idle: NodeJS.Timeout | undefined;
  let conversation: Conversation | null = null;
  /** What serves a person's terminal: it has the conversation open, as a warm process has. */
  let terminal: CodexTerminal | null = null;

  async function letGo(why: string): Promise<void> {
    clearTimeout(idle);
    if (warm !== null) ended = warm.end(why);
    warm = null;
    const serving = terminal;
    terminal = null;
    await Promise.all([ended, serving?.end()]);
  }

  async function processFor(sessionId: string | null): Promise<AppServer> {
    if (warm !== null && warm.isUsable() && sessionId !== null && warm.threadId() === sessionId) return warm;
    await letGo('Another conversation is wanted.');
    await prepare();
    warm = startAppServer(program, place);
    return warm;
  }

  async function runTurn(request: TurnRequest): Promise<TurnReport> {
    clearTimeout(idle);
    let cli: AppServer;
    try {
      cli = await processFor(request.sessionId);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return notStarted(`The CLI's directory cannot be prepared: ${why}`, request);
    }
    conversation = converse(cli, request, { place, program });
    try {
      return await conversation.ended;
    } finally {
      conversation = null;
      idle = setTimeout(() => void letGo('Nothing to do.'), place.warmIdleMs).unref();
    }
  }

  return {
    runTurn,
    say: (words) => conversation?.say(words) ?? false,
    activity: () => conversation?.activity() ?? null,
    async attach(threadId) {
      await letGo('A person continues the conversation.');
      await prepare();
      terminal = await openCodexTerminal(program, place, { homeDir, threadId });
      return terminal.launch;
    },
    letGo,
    rssBytes: () => warm?.rssBytes() ?? Promise.resolve(null),
  };
}
