import type { AgentName } from '../../protocol/names.ts';
import type { AgentSpec, UsageTotals } from '../../protocol/schemas/agent.ts';
import type { Delivered } from '../../protocol/schemas/message.ts';
import type { RecordRaw } from '../raw/raw-lines.ts';
import type { Emit } from '../spool/spool.ts';

/** Why a running turn is stopped from outside; the abort signal's reason. */
export type StopReason = 'operator' | 'shutdown' | 'turn_lost' | 'warned';

/**
 * A text for the model, and the messages that it contains: for the receipt "in context", and for programs that read
 * them as data.
 */
export interface Prompt {
  readonly text: string;
  readonly messages: readonly Delivered[];
}

/** The parameters of one turn for a driver. */
export interface TurnRequest {
  readonly turn: number;
  readonly prompt: Prompt;
  /** The session to continue, or null for a fresh one. */
  readonly sessionId: string | null;
  /** The last exchange that must be in the session's file; null where nobody knows. */
  readonly sessionMark?: string | null;
  /** Before the prompt, the CLI summarises the session (only for drivers with the capability). */
  readonly compactFirst?: boolean;
  /** A copy of the session is continued; the report has the copy's ID. */
  readonly copySession?: boolean;
  readonly timeoutMs: number;
  /** Aborted with a StopReason. */
  readonly signal: AbortSignal;
  /** Messages fetched by `recv` that are completely in this tool result. */
  readonly takeFetched: (result: string) => number[];
  /** All messages fetched by `recv` and not taken yet: for a driver whose program gets complete tool answers itself. */
  readonly takeAllFetched: () => number[];
}

/** How a turn ended, as far as the CLI's output is reliable. `resetsAt` is in epoch milliseconds, null when unknown. */
export type Verdict =
  | { kind: 'done' }
  | { kind: 'rate_limited'; reason: string; resetsAt: number | null }
  | { kind: 'needs_login'; reason: string }
  /** The provider fails, is unreachable, or silent. */
  | { kind: 'outage'; reason: string }
  /** The box lacks memory, processes or disk. */
  | { kind: 'starved'; reason: string }
  /** A budget is used up; `resetsAt` is when its window ends. */
  | { kind: 'budget'; reason: string; resetsAt: number | null }
  /** The CLI could not be started or ended before it accepted any input. */
  | { kind: 'cli_broken'; reason: string }
  /** Mail was delivered that the model may not have seen. */
  | { kind: 'mail_unseen'; reason: string }
  | { kind: 'interrupted'; reason: string }
  | { kind: 'timed_out'; reason: string }
  /** Stopped because it made no progress. */
  | { kind: 'stuck'; reason: string }
  /** The CLI reported success, but the model said and did nothing. */
  | { kind: 'empty'; reason: string }
  /** `sessionSpent`: the session itself is the cause, so the next turn must begin a fresh one. */
  | { kind: 'failed'; reason: string; sessionSpent: boolean };

export interface TurnReport {
  readonly verdict: Verdict;
  /** The CLI's last text. */
  readonly text: string;
  readonly sessionId: string | null;
  readonly usage: UsageTotals;
  readonly toolCalls: number;
  /** Those of the calls that used other tools than the hive's. */
  readonly workCalls: number;
  /** The model itself wrote text or called a tool: provider, login and CLI all worked. */
  readonly answered: boolean;
  /** How long (ms) at least one tool ran, for drivers that know when tools run. */
  readonly toolsMs?: number;
  /** The conversation's size after the model's last answer and the model's window, in tokens, where the CLI reports them. */
  readonly contextTokens?: number | null;
  readonly windowTokens?: number | null;
  /** The CLI summarised the session, as requested. */
  readonly compacted?: boolean;
  /** The last exchange of the session, by the CLI's ID, for drivers that keep files. */
  readonly sessionMark?: string | null;
  /** The session to continue was replaced by a fresh one: its file is missing, or lacks its last exchange. */
  readonly sessionLost?: 'missing' | 'cut' | null;
}

/** The file of a session. */
export interface SessionFile {
  readonly id: string;
  readonly bytes: number;
  /** When it was last written (epoch ms). */
  readonly at: number;
}

/** The files in which a CLI keeps its sessions. */
export interface SessionFiles {
  list(): Promise<SessionFile[]>;
  /** The size of a session's file; null where there is none. */
  sizeOf(id: string): Promise<number | null>;
  /** Deletes the files of these sessions; without an error when there are none. */
  remove(ids: readonly string[]): Promise<void>;
}

/** The activity of a running turn, according to its CLI's lines. Times are in epoch milliseconds. */
export interface Activity {
  /** The longest-running tool. */
  readonly tool: { readonly name: string; readonly since: number } | null;
  /** The last sign of life: from the CLI, or, while no tool runs, from the provider. */
  readonly quietSince: number;
}

/** A driver's paths and endpoints: the same for all drivers. */
export interface DriverPlace {
  readonly agent: AgentName;
  readonly parent: AgentName | null;
  readonly spec: AgentSpec;
  /** The hive's and the operator's text about the agent. */
  readonly systemPrompt: string;
  /** The agent's own directory, the working directory of its program. */
  readonly stateDir: string;
  /** The harness's directory: a driver keeps its files in a subdirectory with the driver's name. */
  readonly harnessDir: string;
  /** The directory of node, the harness and the CLIs. */
  readonly toolchain: string;
  /** The directory of the version of its CLI (`cli` of its facts) that the box was made with; null if it needs none. */
  readonly cliDir: string | null;
  /** The variables of the box that the program may see. */
  readonly passedOn: Readonly<Record<string, string>>;
  /** The hive's tools, as an MCP server over HTTP; the token is a secret of this boot of the harness. */
  readonly mcp: { readonly url: string; readonly token: string };
  /** Loopback addresses relayed to the gateway and to the forge. */
  readonly gatewayUrl: string;
  readonly forgeUrl: string;
  /** When bytes last came from the model's provider (epoch ms); 0 before the first. */
  readonly providerHeardAt: () => number;
  /** A program that is silent for this many milliseconds, with no tool running, is stopped. Default: SILENT_MS. */
  readonly silentMs?: number | undefined;
  /** An idle program is ended after this many milliseconds. */
  readonly warmIdleMs: number;
  readonly emit: Emit;
  /** For `startCli`: keeps the lines of the program. */
  readonly record: RecordRaw;
  readonly log: (line: string) => void;
  readonly newUuid: () => string;
  readonly now: () => number;
}

/** Creates a driver; starts nothing yet. */
export type CreateDriver = (place: DriverPlace) => Driver;

/** How the CLI's own terminal interface is started. */
export interface Launch {
  /** The program and its arguments. */
  readonly argv: readonly string[];
  /** Its whole environment, but for the variables of the terminal. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** Drives one LLM CLI. It owns at most one process of it. */
export interface Driver {
  /** Runs a turn to its end. Whatever the CLI does becomes a verdict; only bugs throw. */
  runTurn(request: TurnRequest): Promise<TurnReport>;
  /**
   * Writes into the running turn; the model gets it with the result of its running tool, or after its answer. A turn
   * that ends as done has accepted every written text. False when no turn can accept it now.
   */
  say(prompt: Prompt): boolean;
  /** The activity of the running turn; null when none runs. */
  activity(): Activity | null;
  /**
   * Prepares the CLI's own terminal interface for a person who continues a conversation. There for drivers whose facts say
   * so (`terminal`). No turn runs, and none begins, until that program has ended; `letGo` is called before and after.
   */
  attach?(sessionId: string): Promise<Launch>;
  /** Ends the CLI's process, if one is kept warm. */
  letGo(why: string): Promise<void>;
  /** For drivers whose facts say that files of conversations are kept. */
  readonly files?: SessionFiles;
  /** Resident memory of the CLI's process in bytes; null when none runs. */
  rssBytes(): Promise<number | null>;
}
