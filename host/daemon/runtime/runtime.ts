import type { AgentName } from '../../../protocol/names.ts';
import type { Place } from '../node/place.ts';
import type { Limits } from '../../../protocol/schemas/agent.ts';

/**
 * What makes boxes. Docker is the first; bwrap, plain processes, Swarm and Kubernetes can be others.
 *
 * A runtime holds no truth: hived's store says what should be, the runtime says what is. A box is
 * found again by its labels (hive, agent, generation), so hived can crash at any point. Every method
 * may throw a HiveError: `engine_unavailable` (nobody answers; try again), `image_missing`,
 * `engine_error` (the engine refused and says why), `runtime_failed` (the plan cannot be carried
 * out as it says, e.g. a mount's source is missing or a symbolic link).
 */
export interface Runtime {
  readonly kind: string;
  /** Whether the engine answers, and its version. Never throws. */
  ping(signal?: AbortSignal): Promise<{ ok: true; version: string } | { ok: false; reason: string }>;
  hasImage(image: string): Promise<boolean>;
  /** Makes a box that does not run yet. If a box of this agent and generation exists it is returned as it is. */
  create(plan: BoxPlan): Promise<BoxRef>;
  start(box: BoxRef): Promise<void>;
  /** SIGTERM, then SIGKILL after `graceMs`. A box that does not run is fine. */
  stop(box: BoxRef, graceMs: number): Promise<void>;
  /** Removes a box, running or not. One that is gone is fine. */
  destroy(box: BoxRef): Promise<void>;
  inspect(box: BoxRef): Promise<BoxStatus | null>;
  /** Every box of this hive, of any generation. One call to the engine however many boxes run; each box that ended costs one more, once. */
  list(): Promise<BoxStatus[]>;
  /** Places that a box of this image would not see as they are on their node, and why. Leaves nothing behind. */
  findUnseen(image: string, places: readonly Place[]): Promise<{ readonly place: Place; readonly why: string }[]>;
  /** The newest lines the box's main process printed. */
  logs(box: BoxRef, lines: number): Promise<{ at: number | null; text: string }[]>;
  /**
   * Calls `onChange` with an agent's name whenever one of its boxes started or ended; `onLost` when the
   * engine's event stream broke (the caller then lists again). Ends with the signal.
   */
  watch(
    handlers: { onChange: (agent: AgentName) => void; onLost: (reason: string) => void },
    signal: AbortSignal,
  ): void;
}

/** A box as the runtime knows it: `id` is the runtime's own. */
export interface BoxRef {
  readonly id: string;
  readonly agent: AgentName;
  readonly generation: number;
}

/** Everything a box is made of. The runtime adds nothing of its own but isolation. */
export interface BoxPlan {
  readonly agent: AgentName;
  readonly generation: number;
  readonly image: string;
  /** The numeric user the box's processes run as. */
  readonly uid: number;
  readonly gid: number;
  /** Further groups (the group of /shared). */
  readonly groups: readonly number[];
  readonly limits: Limits;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  /** Which places a box sees, and where. */
  readonly mounts: readonly { readonly place: Place; readonly target: string; readonly readOnly: boolean }[];
  /** A fingerprint of the plan, kept as a label: a running box of another fingerprint is outdated. */
  readonly fingerprint: string;
}

export interface BoxStatus extends BoxRef {
  readonly state: 'created' | 'running' | 'exited';
  readonly fingerprint: string;
  /** When it was made, in whole seconds of the engine's clock (epoch ms). hived runs a box once, right after making it. */
  readonly madeAt: number;
  /** How it ended; null unless it is exited. */
  readonly end: BoxEnd | null;
}

export interface BoxEnd {
  readonly exitCode: number;
  /** The kernel ended some process in it for want of memory. */
  readonly oomKilled: boolean;
  /** How long its last run was. */
  readonly ranMs: number;
  /** Its limit of memory in MiB. */
  readonly memoryMb: number;
}
