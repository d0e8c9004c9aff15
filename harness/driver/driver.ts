import type { AgentName } from '../../protocol/names.ts';
import type { AgentSpec, UsageTotals } from '../../protocol/schemas/agent.ts';
import type { Delivered } from '../../protocol/schemas/message.ts';
import type { Emit } from '../spool/spool.ts';

/** Why a running turn is stopped from outside, as the abort signal's reason. */
export type StopReason = 'operator' | 'shutdown' | 'turn_lost';

/** A text for the model, and the messages that it shows: for the receipt "in context", and for programs that want them as data. */
export interface Prompt {
  readonly text: string;
  readonly messages: readonly Delivered[];
}

/** One turn, as a driver is asked to run it. */
export interface TurnRequest {
  readonly turn: number;
  readonly prompt: Prompt;
  /** The conversation to continue, or null for a fresh one. */
  readonly sessionId: string | null;
  readonly timeoutMs: number;
  /** Aborted with a StopReason. */
  readonly signal: AbortSignal;
  /** Messages that `recv` fetched and that stand whole in this tool result. */
  readonly takeFetched: (result: string) => number[];
  /** Every message that `recv` fetched and nobody took: for a driver whose program gets the tools' answers itself, whole. */
  readonly takeAllFetched: () => number[];
}

/** How a turn ended, as far as the CLI can be believed. `resetsAt` is in epoch milliseconds, null when unknown. */
export type Verdict =
  | { kind: 'done' }
  | { kind: 'rate_limited'; reason: string; resetsAt: number | null }
  | { kind: 'needs_login'; reason: string }
  /** The provider is out of order, not reached, or silent. */
  | { kind: 'outage'; reason: string }
  /** The box lacks memory, processes or disk. */
  | { kind: 'starved'; reason: string }
  /** The CLI could not be started or ended before it took anything in. */
  | { kind: 'cli_broken'; reason: string }
  /** Mail was handed out that the model may not have seen. */
  | { kind: 'mail_unseen'; reason: string }
  | { kind: 'interrupted'; reason: string }
  | { kind: 'timed_out'; reason: string }
  /** `sessionSpent`: the conversation itself is the cause, so the next turn must begin a fresh one. */
  | { kind: 'failed'; reason: string; sessionSpent: boolean };

export interface TurnReport {
  readonly verdict: Verdict;
  /** The CLI's last words. */
  readonly text: string;
  readonly sessionId: string | null;
  readonly usage: UsageTotals;
  readonly toolCalls: number;
  /** Of these, the ones that did something else than talk to the hive. */
  readonly workCalls: number;
  /** The model itself said something or called a tool: provider, login and CLI all worked. */
  readonly answered: boolean;
}

/** What a running turn does, as far as its CLI's lines tell. Times are in epoch milliseconds. */
export interface Activity {
  /** The tool that runs for longest. */
  readonly tool: { readonly name: string; readonly since: number } | null;
  /** When anything was heard last: of the CLI, or, while no tool runs, of the provider. */
  readonly quietSince: number;
}

/** Where a driver works and what it works with: the same for all drivers. */
export interface DriverPlace {
  readonly agent: AgentName;
  readonly parent: AgentName | null;
  readonly spec: AgentSpec;
  /** What the hive and the operator tell the agent about itself. */
  readonly systemPrompt: string;
  /** The agent's own directory, in which its program runs. */
  readonly stateDir: string;
  /** The harness's directory: a driver keeps its files in one below it that has the driver's name. */
  readonly harnessDir: string;
  /** Where the driver's program lies, if it has one (`toolchain` of its facts). */
  readonly toolchain: string;
  /** The variables of the box that the program may see. */
  readonly passedOn: Readonly<Record<string, string>>;
  /** The hive's tools, as a server of MCP over HTTP; the token is a secret of this start of the harness. */
  readonly mcp: { readonly url: string; readonly token: string };
  /** Loopback addresses that lead to the gateway and to the forge. */
  readonly gatewayUrl: string;
  readonly forgeUrl: string;
  /** When anything came from the model's provider last (epoch ms); 0 before the first. */
  readonly providerHeardAt: () => number;
  /** A program with nothing to do is let go after this many milliseconds. */
  readonly warmIdleMs: number;
  readonly emit: Emit;
  readonly log: (line: string) => void;
  readonly newUuid: () => string;
  readonly now: () => number;
}

/** Makes a driver; starts nothing yet. */
export type CreateDriver = (place: DriverPlace) => Driver;

/** Drives one LLM CLI. It owns at most one process of it. */
export interface Driver {
  /** Runs a turn to its end. Whatever the CLI does becomes a verdict; only bugs throw. */
  runTurn(request: TurnRequest): Promise<TurnReport>;
  /**
   * Speaks into the running turn; the model hears it with the result of its running tool, or after its answer.
   * A turn that ends as done has heard everything that was said. False when no turn can take it now.
   */
  say(prompt: Prompt): boolean;
  /** What the running turn does; null when none runs. */
  activity(): Activity | null;
  /** Ends the CLI's process, if one is kept warm. */
  letGo(why: string): Promise<void>;
  /** Resident memory of the CLI's process in bytes; null when none runs. */
  rssBytes(): Promise<number | null>;
}
