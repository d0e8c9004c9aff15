import { HIVE_SERVER } from '../../../protocol/hive-server.ts';
import type { DriverPlace, Launch } from '../driver.ts';
import { createNoise } from '../noise.ts';
import { type CliExit, type CliProcess, startCli } from '../process/cli-process.ts';
import { describeExit } from '../process/describe-exit.ts';
import { createRpc } from '../process/json-rpc.ts';
import { sayError } from './classify-error.ts';
import { type Dialect, type Note, PLAIN } from './dialect.ts';
import {
  allow,
  chooseModel,
  type ConfigOptions,
  initializeAnswer,
  loadAnswer,
  promptAnswer,
  sessionAnswer,
} from './read-answer.ts';
import { readAcpLine, type SessionUpdate } from './read-line.ts';

/** The program that speaks ACP, and its limits in milliseconds. */
export interface AcpProgram {
  readonly path: string;
  readonly argv: string[];
  readonly env: Record<string, string>;
  /** Where it runs. Default: the agent's directory, as its sessions do always. */
  readonly cwd?: string;
  /** What it does in a way of its own. Default: nothing. */
  readonly dialect?: Dialect;
  /** Writes its configuration: called before it starts, and before each further fresh session. */
  readonly prepare?: (when: 'start' | 'session') => Promise<void>;
  /** Prepares its own terminal interface for a person who continues a session. Left out: the hive opens none. */
  readonly attach?: (sessionId: string) => Promise<Launch>;
  /** How long it may take to its first line. Default 3 min: on a busy machine a good one takes more than one. */
  readonly firstLineMs?: number;
  /** How long it may take to end a turn after a cancel, and to end itself. Default 5 s. */
  readonly graceMs?: number;
  /** How long it may take to end by itself after the end of its input. Default 3 s. */
  readonly inputMs?: number;
}

/** A running program with the session that it has open. */
export interface AcpProcess {
  readonly exited: Promise<CliExit>;
  isUsable(): boolean;
  /** The open session; null before the first. */
  sessionId(): string | null;
  /**
   * Continues a session, or begins a fresh one for null. Returns null when the session to continue is missing. Throws
   * what the program answers.
   */
  openSession(continued: string | null): Promise<string | null>;
  /** Sends a prompt in the open session; resolves when the program ends its turn. */
  prompt(texts: readonly string[]): Promise<string>;
  /** Asks the program to end the running turn. */
  cancel(): void;
  /** Calls the turn with each line. */
  follow(onLine: ((heard: Heard) => void) | null): void;
  tellNoise(turn: number | null): void;
  end(why: string): Promise<void>;
  kill(why: string): void;
  rssBytes: CliProcess['rssBytes'];
}

/** A line of the program, as far as it tells something. */
export interface Heard {
  readonly update: SessionUpdate | null;
  readonly note: Note | null;
}

/** The version of the protocol. */
const PROTOCOL_VERSION = 1;

/** Starts the program. A failed start is reported as an exit. */
export function startAcp(program: AcpProgram, place: DriverPlace): AcpProcess {
  const { emit } = place;
  const { readNote } = program.dialect ?? PLAIN;
  const noise = createNoise(emit);
  const cli = startCli(program.path, {
    argv: program.argv,
    env: program.env,
    cwd: program.cwd ?? place.stateDir,
    record: place.record,
  });
  const rpc = createRpc(
    (message) => cli.write({ jsonrpc: '2.0', ...message }),
    (method, params) => (method === 'session/request_permission' ? allow(params) : undefined),
  );
  let ending: string | null = null;
  let sessionId: string | null = null;
  let begun = false;
  let onLine: ((heard: Heard) => void) | null = null;

  cli.setHandlers({
    onOversize: () => noise.add('(a line longer than 4 MiB)'),
    onLine: (text) => {
      const line = readAcpLine(text);
      if (line === null) return noise.add(text);
      const { update, message } = line;
      const note = message?.method === undefined ? null : readNote(message.method, message.params);
      onLine?.({ update, note });
      if (message !== null && note === null && !rpc.take(message)) noise.add(text);
      return undefined;
    },
  });
  const initialized = rpc
    .request('initialize', {
      protocolVersion: PROTOCOL_VERSION,
      clientInfo: { name: 'hyperhive', version: '1' },
      clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
    })
    .then((answer) => initializeAnswer.parse(answer));
  // A failure is told to the turn that waits for it.
  initialized.catch(() => undefined);

  async function openSession(continued: string | null): Promise<string | null> {
    const { agentInfo, agentCapabilities: can } = await initialized;
    if (can?.mcpCapabilities?.http !== true)
      throw new Error("The program takes no MCP servers over HTTP, so it cannot have the hive's tools.");
    const headers = [{ name: 'Authorization', value: `Bearer ${place.mcp.token}` }];
    const server = { type: 'http', name: HIVE_SERVER, url: place.mcp.url, headers };
    const about = { cwd: place.stateDir, mcpServers: [server] };
    if (continued === null) {
      if (begun) await program.prepare?.('session');
      const made = sessionAnswer.parse(await rpc.request('session/new', about));
      sessionId = made.sessionId;
      await setModel(made.configOptions);
    } else if (can.loadSession !== true || !(await load({ ...about, sessionId: continued }))) return null;
    if (!begun) emit('cli.started', { pid: cli.pid ?? 0, version: agentInfo?.version ?? null, sessionId });
    begun = true;
    return sessionId;
  }

  /** Whether the program has the session. An error of a program that lives on means that it has not. */
  async function load(about: { sessionId: string; cwd: string; mcpServers: object[] }): Promise<boolean> {
    let answer: unknown;
    try {
      answer = await rpc.request('session/load', about);
    } catch (error) {
      if (!cli.isAlive() || ending !== null) throw error;
      place.log(`the program cannot load the session ${about.sessionId}: ${sayError(error)}`);
      return false;
    }
    sessionId = about.sessionId;
    await setModel(loadAnswer.parse(answer)?.configOptions ?? []);
    return true;
  }

  /** A program that does not offer the spec's model keeps its own: the gateway decides what may be requested. */
  async function setModel(options: ConfigOptions): Promise<void> {
    const choice = chooseModel(options, place.spec.model);
    if (choice !== null) await rpc.request('session/set_config_option', { sessionId, ...choice });
  }

  async function tellExit(): Promise<void> {
    const exit = await cli.exited;
    noise.flush(null);
    const why = ending ?? describeExit(exit, { program: 'The program' });
    emit('cli.exited', { code: exit.code, signal: exit.signal, why });
    rpc.close(new Error(why));
  }
  void tellExit();

  return {
    exited: cli.exited,
    isUsable: () => ending === null && cli.isAlive(),
    sessionId: () => sessionId,
    openSession,
    async prompt(texts) {
      const prompt = texts.map((text) => ({ type: 'text', text }));
      return promptAnswer.parse(await rpc.request('session/prompt', { sessionId, prompt })).stopReason;
    },
    cancel: () => rpc.notify('session/cancel', { sessionId }),
    follow: (next) => {
      onLine = next;
    },
    tellNoise: noise.flush,
    end(why) {
      ending ??= why;
      // The end of its input lets it write what it has not written of its sessions.
      const inputMs = program.inputMs ?? program.graceMs ?? 3_000;
      return cli.end({ inputMs, graceMs: program.graceMs ?? 2_000 });
    },
    kill(why) {
      ending ??= why;
      cli.kill();
    },
    rssBytes: cli.rssBytes,
  };
}
