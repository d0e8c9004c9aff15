import * as z from 'zod';
import type { UsageTotals } from '../../../protocol/schemas/agent.ts';
import type { DriverPlace } from '../driver.ts';
import { createNoise } from '../noise.ts';
import { type CliExit, type CliProcess, startCli } from '../process/cli-process.ts';
import { describeExit } from '../process/describe-exit.ts';
import { createRpc, RpcError } from '../process/json-rpc.ts';
import { totalsOf } from './count-usage.ts';
import { type CodexEvent, readEvent, readHugeItem } from './read-event.ts';
import { refuse } from './refuse.ts';
import { parseJson } from '../../../system/text/parse-json.ts';

/** The program, and its limits in milliseconds. */
export interface CodexProgram {
  readonly path: string;
  readonly argv: string[];
  readonly env: Record<string, string>;
  /** The hive's and the operator's text about the agent, after the CLI's own short one. */
  readonly instructions: string;
  /** How long it may take to end a turn after an interrupt. Default 5 s. */
  readonly graceMs?: number;
  /** A CLI that is silent for this long, with no tool running, is stopped. Default 10 min. */
  readonly silentMs?: number | undefined;
}

/** A text with the ID that the CLI repeats when it takes the text into the conversation. */
export interface Words {
  readonly id: string;
  readonly text: string;
}

/** A running app-server with the one conversation that it has open, its *thread*. */
export interface AppServer {
  readonly exited: Promise<CliExit>;
  isUsable(): boolean;
  /** The open thread; null before the first. */
  threadId(): string | null;
  /** The thread's running totals; null before the first. */
  totals(): UsageTotals | null;
  /** When the limits end that the provider reported as used up (epoch ms); null when none is known. */
  limitEndsAt(): number | null;
  /**
   * Continues a thread, or begins a fresh one for null. Returns null when the thread to continue is missing or cannot
   * be read. Throws what the CLI answers.
   */
  openThread(continued: string | null): Promise<string | null>;
  /** Begins a turn in the open thread; resolves with its ID. */
  startTurn(words: Words): Promise<string>;
  /** Says something into a running turn; rejects when it runs no longer. */
  steer(turnId: string, words: Words): Promise<void>;
  interrupt(turnId: string): void;
  /** Ends the commands that a turn left running. */
  endCommands(): void;
  /** Calls the turn with each valid message: its event, the ID of a tool whose answer was too long, or null. */
  follow(onMessage: ((event: CodexEvent | { method: 'huge'; id: string } | null) => void) | null): void;
  tellNoise(turn: number | null): void;
  end(why: string): Promise<void>;
  kill(why: string): void;
  rssBytes: CliProcess['rssBytes'];
}

/** The CLI was started and has not the hive's tools. */
const WITHOUT_TOOLS = /required MCP servers/i;
/** The name under which the CLI calls the provider: a login of its vendor is only for names that begin so. */
const CLIENT = { name: 'codex_hyperhive', title: 'Hyperhive', version: '1' };
/** Notifications that say nothing which the hive shows, some of them many times in a second. */
const UNWANTED = [
  'item/agentMessage/delta',
  'item/reasoning/summaryTextDelta',
  'item/reasoning/summaryPartAdded',
  'item/reasoning/textDelta',
  'item/commandExecution/outputDelta',
  'item/fileChange/outputDelta',
  'item/fileChange/patchUpdated',
  'turn/diff/updated',
  'thread/readState/changed',
];

const anyMessage = z.looseObject({
  method: z.string().optional(),
  id: z.unknown().optional(),
  params: z.unknown().optional(),
});
const initializeAnswer = z.object({ userAgent: z.string().nullish() });
const threadAnswer = z.object({ thread: z.object({ id: z.string().min(1) }) });
const turnAnswer = z.object({ turn: z.object({ id: z.string().min(1) }) });

/** Starts the CLI. A failed start is reported as an exit. */
export function startAppServer(program: CodexProgram, place: DriverPlace): AppServer {
  const { emit, now, spec } = place;
  const noise = createNoise(emit);
  const cli = startCli(program.path, {
    argv: program.argv,
    env: program.env,
    cwd: place.stateDir,
    record: place.record,
  });
  const rpc = createRpc(cli.write, (method) => {
    noise.add(`(the CLI asked "${method}" and was refused)`);
    return refuse(method, now()) ?? undefined;
  });
  let ending: string | null = null;
  let threadId: string | null = null;
  let begun = false;
  let totals: UsageTotals | null = null;
  let limitEndsAt: number | null = null;
  let follower: Parameters<AppServer['follow']>[0] = null;

  function readLine(text: string): void {
    const json = parseJson(text);
    const { method, id, params } = anyMessage.safeParse(json).data ?? {};
    if (method === undefined || id !== undefined) {
      if (!rpc.take(json)) return noise.add(text);
      return follower?.(null);
    }
    const event = readEvent(method, params);
    if (event === null) return noise.add(text);
    // The turn computes the difference from the totals before the event.
    follower?.(event);
    return remember(event);
  }

  function remember(event: CodexEvent): void {
    if (event.method === 'thread/tokenUsage/updated' && event.params.threadId === threadId)
      totals = totalsOf(event.params.tokenUsage.total);
    if (event.method !== 'account/rateLimits/updated') return;
    const { primary, secondary } = event.params.rateLimits;
    const ends = [primary, secondary].flatMap((one) =>
      one != null && one.usedPercent >= 100 ? (one.resetsAt ?? []) : [],
    );
    limitEndsAt = ends.length === 0 ? null : Math.max(...ends) * 1_000;
  }

  cli.setHandlers({
    onLine: readLine,
    onOversize: (head) => {
      const id = readHugeItem(head);
      if (id === null) return noise.add('(a line longer than 4 MiB)');
      return follower?.({ method: 'huge', id });
    },
  });
  const initialized = rpc
    .request('initialize', {
      clientInfo: CLIENT,
      capabilities: { experimentalApi: true, requestAttestation: false, optOutNotificationMethods: UNWANTED },
    })
    .then((answer) => {
      rpc.notify('initialized', {});
      return initializeAnswer.parse(answer);
    });
  // A failure is told to the turn that waits for it.
  initialized.catch(() => undefined);

  async function openThread(continued: string | null): Promise<string | null> {
    const { userAgent } = await initialized;
    const settings = { cwd: place.stateDir, model: spec.model, baseInstructions: program.instructions };
    const opened = continued === null ? await rpc.request('thread/start', settings) : await resume(continued, settings);
    if (opened === null) return null;
    threadId = threadAnswer.parse(opened).thread.id;
    const version = /\/(\d[\w.-]*)/.exec(userAgent ?? '')?.[1] ?? null;
    if (!begun) emit('cli.started', { pid: cli.pid ?? 0, version, sessionId: threadId });
    begun = true;
    return threadId;
  }

  /** A refusal of a CLI that lives on means that the thread cannot be continued, unless it lacks the hive's tools. */
  async function resume(continued: string, settings: object): Promise<unknown> {
    threadId = continued;
    try {
      return await rpc.request('thread/resume', { ...settings, threadId: continued, excludeTurns: true });
    } catch (error) {
      threadId = null;
      totals = null;
      if (!(error instanceof RpcError) || WITHOUT_TOOLS.test(error.message)) throw error;
      place.log(`the CLI cannot continue the conversation ${continued}: ${error.message}`);
      return null;
    }
  }

  async function tellExit(): Promise<void> {
    const exit = await cli.exited;
    noise.flush(null);
    const why = ending ?? describeExit(exit);
    emit('cli.exited', { code: exit.code, signal: exit.signal, why });
    rpc.close(new Error(why));
  }
  void tellExit();

  const input = ({ id, text }: Words) => ({
    threadId,
    clientUserMessageId: id,
    input: [{ type: 'text', text, text_elements: [] }],
  });
  return {
    exited: cli.exited,
    isUsable: () => ending === null && cli.isAlive(),
    threadId: () => threadId,
    totals: () => totals,
    limitEndsAt: () => limitEndsAt,
    openThread,
    startTurn: async (words) =>
      turnAnswer.parse(await rpc.request('turn/start', { ...input(words), model: spec.model })).turn.id,
    steer: async (turnId, words) => void (await rpc.request('turn/steer', { ...input(words), expectedTurnId: turnId })),
    interrupt: (turnId) => void rpc.request('turn/interrupt', { threadId, turnId }).catch(() => undefined),
    endCommands: () => void rpc.request('thread/backgroundTerminals/clean', { threadId }).catch(() => undefined),
    follow: (next) => {
      follower = next;
    },
    tellNoise: noise.flush,
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

/** Whether the CLI refused to begin because it cannot reach the hive's tools. */
export function lacksTools(error: unknown): boolean {
  return error instanceof RpcError && WITHOUT_TOOLS.test(error.message);
}
