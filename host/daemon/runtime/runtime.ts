import type { Duplex } from 'node:stream';
import type { AgentName } from '../../../protocol/names.ts';
import type { Place } from '../node/place.ts';
import type { Limits } from '../../../protocol/schemas/agent.ts';

/** What a box is for, and by what it is found again: a generation of an agent, or a run of a check. */
export interface AgentBox {
  readonly agent: AgentName;
  readonly generation: number;
}
export interface CheckBox {
  /** The number of the run in the forge. */
  readonly run: number;
}
export type BoxOwner = AgentBox | CheckBox;

/**
 * Creates and runs boxes of one kind: those of agents, or those of checks. Boxes of another kind do not exist for it. Docker is the first implementation; bwrap, plain processes, Swarm and Kubernetes can be
 * others.
 *
 * A runtime stores nothing: hived's store has the desired state, the runtime reports the actual one. A box is found
 * again by its labels (the hive and its owner), so hived can crash at any point. Every method may throw a HiveError:
 * `engine_unavailable` (no answer; try again), `image_missing`, `engine_error` (the engine refused, with its reason),
 * `runtime_failed` (the plan cannot be carried out as declared, e.g. a mount's source is missing or a symbolic link).
 */
export interface Runtime<O extends BoxOwner = AgentBox> {
  readonly kind: string;
  /** Whether the engine answers, and its version. Never throws. */
  ping(signal?: AbortSignal): Promise<{ ok: true; version: string } | { ok: false; reason: string }>;
  hasImage(image: string): Promise<boolean>;
  /** Creates a box that does not run yet. An existing box of this owner is returned unchanged. */
  create(plan: BoxPlan<O>): Promise<BoxRef<O>>;
  start(box: BoxRef<O>): Promise<void>;
  /** SIGTERM, then SIGKILL after `graceMs`. No error when the box does not run. */
  stop(box: BoxRef<O>, graceMs: number): Promise<void>;
  /** Removes a box, running or not. No error when it is gone. */
  destroy(box: BoxRef<O>): Promise<void>;
  inspect(box: BoxRef<O>): Promise<BoxStatus<O> | null>;
  /**
   * Every box of this kind in this hive, of any owner. One call to the engine however many boxes run; each ended box costs one
   * more, once.
   */
  list(): Promise<BoxStatus<O>[]>;
  /** Places that a box of this image would not see as they are on their node, and why. Leaves nothing behind. */
  findUnseen(image: string, places: readonly Place[]): Promise<{ readonly place: Place; readonly why: string }[]>;
  /**
   * The output of the box's main process from its beginning, both streams in the order of their arrival. Ends when the
   * box has ended or the signal fires; throws when the engine goes away. The last bytes of a box that ends meanwhile may
   * be missing: they are there when it is followed once more.
   */
  follow(box: BoxRef<O>, signal: AbortSignal): AsyncIterable<Buffer>;
  /** The newest lines of the output of the box's main process. */
  logs(box: BoxRef<O>, lines: number): Promise<{ at: number | null; text: string }[]>;
  /**
   * Starts a program with a terminal of its own in a running box, as the box's own user and with its isolation. It ends
   * with the box, and is hung up when `stream` is destroyed, also by the end of hived.
   */
  openTerminal(box: BoxRef<O>, plan: TerminalPlan): Promise<BoxTerminal>;
  /** Runs a program in a running box to its end, as the box's own user. Its output is discarded. */
  run(box: BoxRef<O>, plan: { argv: readonly string[]; timeoutMs: number }): Promise<{ exitCode: number | null }>;
  /**
   * Calls `onChange` with a box's owner whenever it started or ended; `onLost` when the
   * engine's event stream broke (the caller then lists again). Ends with the signal.
   */
  watch(handlers: { onChange: (owner: O) => void; onLost: (reason: string) => void }, signal: AbortSignal): void;
}

/** A box's identity in the runtime: `id` is the runtime's own. */
export type BoxRef<O extends BoxOwner = AgentBox> = O & { readonly id: string };

/** The complete specification of a box. The runtime adds only isolation. */
export type BoxPlan<O extends BoxOwner = AgentBox> = O & BoxPlanFields;

interface BoxPlanFields {
  readonly image: string;
  /** The numeric user the box's processes run as. */
  readonly uid: number;
  readonly gid: number;
  /** Additional groups (the group of /shared). */
  readonly groups: readonly number[];
  readonly limits: Limits;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  /** The places mounted in a box, and their targets. */
  readonly mounts: readonly { readonly place: Place; readonly target: string; readonly readOnly: boolean }[];
  /** A hash of the plan, kept as a label: a running box with another fingerprint is outdated. */
  readonly fingerprint: string;
  /** The CLI that its agent's driver uses, with its version; kept as a label. Null if it needs none. */
  readonly cli: string | null;
}

/** A program that gets a terminal; `env` is added to the box's. */
export interface TerminalPlan {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cols: number;
  readonly rows: number;
}

/** A program that runs with a terminal of its own. */
export interface BoxTerminal {
  /** What is typed and what is shown, as bytes. It ends when the program has ended; an error is its end, too. */
  readonly stream: Duplex;
  resize(cols: number, rows: number): Promise<void>;
  /** Null while it runs, or when nobody knows. */
  exitCode(): Promise<number | null>;
}

export type BoxStatus<O extends BoxOwner = AgentBox> = BoxRef<O> & BoxFacts;

/** The actual state of a box. */
export interface BoxFacts {
  readonly state: 'created' | 'running' | 'exited';
  readonly fingerprint: string;
  readonly cli: string | null;
  /**
   * When it was created, in whole seconds of the engine's clock (epoch ms). hived runs a box once, right after creating
   * it.
   */
  readonly madeAt: number;
  /** How it ended; null unless it is exited. */
  readonly end: BoxEnd | null;
}

export interface BoxEnd {
  readonly exitCode: number;
  /** The kernel killed some process in it for lack of memory. */
  readonly oomKilled: boolean;
  /** The duration of its last run. */
  readonly ranMs: number;
  /** Its memory limit in MiB. */
  readonly memoryMb: number;
}
