import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { EventData, EventKind } from '../../../../protocol/schemas/event.ts';
import { backoffMs } from '../../../../system/backoff.ts';
import type { Slots } from '../../../../system/slots.ts';
import type { EventLog } from '../../core/event-log.ts';
import { isDiskFull } from '../../core/storage-error.ts';
import type { BoxPlan, BoxStatus, Runtime } from '../../runtime/runtime.ts';
import { type BoxMemory, decideChange, decidePause, describeExit, ranOutOfMemory } from './box-changes.ts';
import { decideStep, type FleetAction, type FleetFacts, PAUSES } from './decide.ts';
import { changeMode, type KeeperMode } from './keeper-modes.ts';

/** The desired state that one agent's keeper needs, read again before every step. */
export interface Wanted {
  desired: 'running' | 'stopped' | 'gone';
  generation: number;
  plan: () => BoxPlan;
}

export interface KeeperDeps {
  runtime: Pick<Runtime, 'create' | 'start' | 'stop' | 'destroy'>;
  /** The agent's boxes now, or a moment later. */
  boxesOf: (name: AgentName) => Promise<readonly BoxStatus[]>;
  events: Pick<EventLog, 'record'>;
  clock: () => number;
  /** Within [0, 1): the source of backoff jitter. */
  random: () => number;
  stopGraceMs: number;
  wanted: (name: AgentName) => Wanted;
  /** The hive stopped a box of this agent; a turn in it ends without counting against its mail. */
  onStopped: (name: AgentName, reason: string) => Promise<void>;
  /** The kernel killed a box of this agent for lack of memory; a turn in it ends without counting against its mail. */
  onStarved: (name: AgentName, reason: string) => Promise<void>;
  onError: (error: unknown, name: AgentName) => void;
  /** Limits how many boxes are created or ended at once. */
  slots: Pick<Slots<AgentName>, 'run'>;
}

/** A keeper's state that is not in the store. */
export interface KeeperView {
  box: BoxStatus | null;
  trouble: { reason: string; retryAt: number | null } | null;
  engineAway: boolean;
}

/** Keeps one agent's box in the desired state. */
export interface BoxKeeper {
  /** Checks again; resolves when the box is in the desired state, or when the attempted step failed. Never rejects. */
  reconcile(): Promise<void>;
  /** Recreates the box (same generation). */
  recreate(): Promise<void>;
  view(): KeeperView;
  close(): void;
}

/** Pause before an unreachable engine is queried again. */
const ENGINE_AWAY_MS = 2_000;
/** A failed step is retried no sooner than after the pause for this number of ended boxes. */
const FAILED_LATER = 3;

export function keepBox(name: AgentName, deps: KeeperDeps): BoxKeeper {
  return new Keeper(name, deps);
}

/**
 *   resting ──┬─reconcile──► checking ─step──► acting
 *   waiting ──┘  ▲         │                │
 *      ▲         └─────────┼──────done──────┤
 *      ├──retry later──────┤                │
 *      └──failed───────────┴────────────────┘      (keeper-modes.ts is the whole table)
 *
 * One step at a time; a reconcile that arrives during a round leads to one more check. Failures are noted, recorded as
 * events, and retried with growing pauses.
 */
class Keeper implements BoxKeeper {
  readonly #name: AgentName;
  readonly #deps: KeeperDeps;
  #mode: KeeperMode = 'resting';
  #box: BoxStatus | null = null;
  #memory: BoxMemory = { running: null, stopping: null };
  #trouble: KeeperView['trouble'] = null;
  #engineAway = false;
  /** Consecutive ended boxes and failed steps. */
  #failures = 0;
  /** A new box of the same generation was requested. */
  #isRemaking = false;
  /** The box whose turn was released because it ran out of memory. */
  #starved: string | null = null;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | null = null;
  #wasPoked = false;

  constructor(name: AgentName, deps: KeeperDeps) {
    this.#name = name;
    this.#deps = deps;
  }

  reconcile(): Promise<void> {
    if (this.#isClosed()) return Promise.resolve();
    this.#wasPoked = true;
    this.#round ??= this.#runRound();
    return this.#round;
  }

  recreate(): Promise<void> {
    this.#isRemaking = true;
    this.#failures = 0;
    if (this.#trouble !== null) this.#trouble = { ...this.#trouble, retryAt: null };
    return this.reconcile();
  }

  view(): KeeperView {
    return { box: this.#box, trouble: this.#trouble, engineAway: this.#engineAway };
  }

  close(): void {
    this.#enter('closed');
  }

  #isClosed(): boolean {
    return this.#mode === 'closed';
  }

  #enter(mode: KeeperMode): void {
    this.#mode = changeMode(this.#mode, mode);
    clearTimeout(this.#timer);
  }

  #waitFor(ms: number): void {
    this.#enter('waiting');
    this.#timer = setTimeout(() => void this.reconcile(), Math.max(10, ms));
  }

  async #runRound(): Promise<void> {
    await this.#stepUntilRest().catch((error: unknown) => this.#handleFailure(error));
    this.#round = null;
    if (this.#wasPoked) void this.reconcile();
  }

  async #stepUntilRest(): Promise<void> {
    while (!this.#isClosed()) {
      this.#wasPoked = false;
      this.#enter('checking');
      const facts = await this.#readFacts();
      if (this.#isClosed()) return;
      const step = decideStep(facts);
      if (step.act !== 'rest') {
        this.#enter('acting');
        await this.#deps.slots.run(this.#name, () => this.#act(step, facts));
      } else if (!this.#wasPoked) {
        if (step.checkAt === null) this.#enter('resting');
        else this.#waitFor(step.checkAt - this.#deps.clock());
        return;
      }
    }
  }

  async #readFacts(): Promise<FleetFacts> {
    const { desired, generation } = this.#deps.wanted(this.#name);
    const boxes = await this.#deps.boxesOf(this.#name);
    this.#engineAway = false;
    this.#box = boxes.find((box) => box.generation === generation) ?? boxes[0] ?? null;
    for (const box of boxes) await this.#releaseStarvedTurn(box);
    await this.#noticeChange(boxes, generation);
    const retryAt = this.#trouble?.retryAt ?? null;
    return { desired, generation, boxes, recreate: this.#isRemaking, retryAt, now: this.#deps.clock() };
  }

  /** Also for a box that ended while no hived ran; before the next box can say hello, which would lose the turn. */
  async #releaseStarvedTurn(box: BoxStatus): Promise<void> {
    if (!ranOutOfMemory(box) || this.#starved === box.id) return;
    await this.#deps.onStarved(this.#name, describeExit(box));
    this.#starved = box.id;
  }

  async #noticeChange(boxes: readonly BoxStatus[], generation: number): Promise<void> {
    const { change, memory } = decideChange(this.#memory, boxes);
    this.#memory = memory;
    if (change.kind === 'adopted')
      await this.#record('box.adopted', { generation: change.box.generation, boxId: change.box.id });
    if (change.kind !== 'ended') return;
    const { failures, waitMs } = decidePause(change.box, { failures: this.#failures, random: this.#deps.random() });
    this.#failures = failures;
    this.#trouble = { reason: describeExit(change.box), retryAt: this.#deps.clock() + waitMs };
    await this.#record('box.exited', {
      generation: change.box?.generation ?? generation,
      exitCode: change.box?.end?.exitCode ?? null,
      oom: change.box !== null && ranOutOfMemory(change.box),
      restartInMs: waitMs,
    });
  }

  async #act(step: Exclude<FleetAction, { act: 'rest' }>, facts: FleetFacts): Promise<void> {
    switch (step.act) {
      case 'stop':
        return this.#stop(step.box, facts);
      case 'remove':
        await this.#deps.runtime.destroy(step.box);
        if (step.box.generation === facts.generation) this.#isRemaking = false;
        return;
      case 'make':
        return this.#start(() => this.#deps.runtime.create(this.#deps.wanted(this.#name).plan()));
      case 'start':
        return this.#start(async () => step.box);
    }
  }

  async #stop(box: BoxStatus, facts: FleetFacts): Promise<void> {
    this.#memory = { ...this.#memory, stopping: box.id };
    await this.#deps.runtime.stop(box, this.#deps.stopGraceMs);
    const kept = box.generation === facts.generation ? 'restarted' : 'rebuilt';
    await this.#deps.onStopped(this.#name, `its box was ${facts.desired === 'running' ? kept : 'stopped'}`);
  }

  async #start(find: () => ReturnType<Runtime['create']>): Promise<void> {
    const { runtime, clock } = this.#deps;
    const from = clock();
    const box = await find();
    await runtime.start(box);
    this.#isRemaking = false;
    this.#memory = { ...this.#memory, running: box.id };
    this.#trouble = null;
    await this.#record('box.started', { generation: box.generation, boxId: box.id, ms: clock() - from });
  }

  /** Records a failure once and retries the step; an unreachable engine is no failure of the box. */
  async #handleFailure(failure: unknown): Promise<void> {
    if (this.#isClosed()) return;
    const { events, clock, random, onError } = this.#deps;
    const error = failure instanceof HiveError ? failure : new HiveError('internal', undefined, { cause: failure });
    if (error.code === 'internal') onError(failure, this.#name);
    if (error.code === 'engine_unavailable') {
      this.#engineAway = true;
      return this.#waitFor(ENGINE_AWAY_MS);
    }
    this.#failures += 1;
    const waitMs = backoffMs(this.#failures + FAILED_LATER, PAUSES, random());
    const isKnown = this.#trouble?.reason === error.message;
    this.#trouble = { reason: error.message, retryAt: clock() + waitMs };
    this.#waitFor(waitMs);
    if (isKnown) return;
    const data = { code: error.code, reason: error.message, retryInMs: waitMs };
    await events
      .record('box.failed', { agent: this.#name, data })
      .catch((cause: unknown) => onError(cause, this.#name));
  }

  /** A full disk that refuses events must not keep boxes from being ended or begun. */
  async #record<K extends EventKind>(kind: K, data: EventData<K>): Promise<void> {
    await this.#deps.events.record(kind, { agent: this.#name, data }).catch((error: unknown) => {
      if (!isDiskFull(error)) throw error;
      this.#deps.onError(error, this.#name);
    });
  }
}
