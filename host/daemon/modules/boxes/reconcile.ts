import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { EventData, EventKind } from '../../../../protocol/schemas/event.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { BoxPlan, BoxStatus, Runtime } from '../../runtime/runtime.ts';
import { isDiskFull } from '../../core/storage-error.ts';
import { backoffMs, decideStep, type FleetFacts } from './decide.ts';

/** What one agent's loop needs to know of what is wanted; read afresh before every step. */
export interface Wanted {
  desired: 'running' | 'stopped' | 'gone';
  generation: number;
  plan: () => BoxPlan;
}

export interface KeeperDeps {
  runtime: Runtime;
  events: EventLog;
  clock: () => number;
  stopGraceMs: number;
  wanted: (name: AgentName) => Wanted;
  /** A box of this agent stopped because the hive stopped it; its turn, if any, is nobody's fault. */
  onStopped: (name: AgentName, reason: string) => Promise<void>;
  /** A box of this agent was ended by the kernel for want of memory; its turn, if any, is not the mail's fault. */
  onStarved: (name: AgentName, reason: string) => Promise<void>;
  onError: (error: unknown, name: AgentName) => void;
  /** Bounds how many boxes are made or ended at once. */
  slots: { run<T>(job: () => Promise<T>): Promise<T> };
}

/** What the keeper of one agent's box knows beside the store. */
export interface KeeperView {
  box: BoxStatus | null;
  trouble: { reason: string; retryAt: number | null } | null;
  engineAway: boolean;
}

/** A box that ran this long was healthy: the next failure counts as the first. */
const HEALTHY_AFTER_MS = 60_000;
/** One that ran out of memory may have worked for a while before: only this long says that it is over. */
const FED_AFTER_MS = 15 * 60_000;
/** Pauses after a box that ran out of memory begin at 4 s instead of 0.25 s: what it tries again costs more than a restart. */
const STARVED_LATER = 4;

/**
 * Keeps one agent's box as it is wanted.
 *
 *   resting ──poke / timer──► stepping ──decideStep: rest──► resting
 *
 * One step at a time; pokes that arrive while stepping lead to one more look. Failures are noted,
 * told as events, and tried again with growing pauses.
 */
export interface BoxKeeper {
  /** Look again; resolves when the box is as wanted, or when the step that was tried has failed. */
  poke(): Promise<void>;
  /** Make the box anew (same generation). */
  recreate(): Promise<void>;
  view(): KeeperView;
  close(): void;
}

export function keepBox(name: AgentName, deps: KeeperDeps): BoxKeeper {
  const { runtime, events, clock } = deps;
  let box: BoxStatus | null = null;
  let trouble: KeeperView['trouble'] = null;
  let engineAway = false;
  let failures = 0;
  let recreate = false;
  let known: string | null = null; // the box that was seen running last
  let starved: string | null = null; // the box whose turn was released because it ran out of memory
  let stopping: string | null = null; // the box that is being stopped on purpose
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let running: Promise<void> | null = null;
  let again = false;

  async function look(): Promise<FleetFacts> {
    const wanted = deps.wanted(name);
    const boxes = (await runtime.list()).filter((one) => one.agent === name);
    engineAway = false;
    box = boxes.find((one) => one.generation === wanted.generation) ?? boxes[0] ?? null;
    for (const one of boxes) await noticeStarved(one);
    await noticeChange(boxes);
    return {
      desired: wanted.desired,
      generation: wanted.generation,
      boxes,
      recreate,
      retryAt: trouble?.retryAt ?? null,
      now: clock(),
    };
  }

  /** Also of a box that ended while no hived looked; before its successor can say hello, which would lose the turn. */
  async function noticeStarved(one: BoxStatus): Promise<void> {
    if (!ranOutOfMemory(one) || starved === one.id) return;
    await deps.onStarved(name, describeExit(one));
    starved = one.id;
  }

  /** A disk that does not take the news keeps no box from being ended or begun. */
  async function tell<K extends EventKind>(kind: K, data: EventData<K>): Promise<void> {
    await events.record(kind, { agent: name, data }).catch((error: unknown) => {
      if (!isDiskFull(error)) throw error;
      deps.onError(error, name);
    });
  }

  /** Tells of a box that was found running (adopted), or that ended by itself. */
  async function noticeChange(boxes: readonly BoxStatus[]): Promise<void> {
    const live = boxes.find((one) => one.state === 'running');
    if (live !== undefined && known === null) {
      known = live.id;
      await tell('box.adopted', { generation: live.generation, boxId: live.id });
    }
    if (known === null || live?.id === known) return;
    const ended = boxes.find((one) => one.id === known);
    const onPurpose = stopping === known;
    known = live?.id ?? null;
    stopping = null;
    if (onPurpose) return;
    const ranMs = ended?.end?.ranMs ?? 0;
    const oom = ended !== undefined && ranOutOfMemory(ended);
    failures = ranMs > (oom ? FED_AFTER_MS : HEALTHY_AFTER_MS) ? 1 : failures + 1;
    const waitMs = backoffMs(failures + (oom ? STARVED_LATER : 0));
    trouble = { reason: describeExit(ended), retryAt: clock() + waitMs };
    await tell('box.exited', {
      generation: ended?.generation ?? deps.wanted(name).generation,
      exitCode: ended?.end?.exitCode ?? null,
      oom,
      restartInMs: waitMs,
    });
  }

  async function stepUntilRest(): Promise<void> {
    for (;;) {
      again = false;
      const facts = await look();
      if (closed) return;
      const step = decideStep(facts);
      if (step.act === 'rest') {
        if (step.checkAt !== null) lookLater(step.checkAt - clock());
        if (!again) return;
        continue;
      }
      await deps.slots.run(() => take(step, facts));
    }
  }

  async function take(step: Exclude<ReturnType<typeof decideStep>, { act: 'rest' }>, facts: FleetFacts): Promise<void> {
    switch (step.act) {
      case 'stop': {
        stopping = step.box.id;
        await runtime.stop(step.box, deps.stopGraceMs);
        const why =
          facts.desired === 'running'
            ? step.box.generation === facts.generation
              ? 'restarted'
              : 'rebuilt'
            : 'stopped';
        await deps.onStopped(name, `its box was ${why}`);
        return;
      }
      case 'remove':
        await runtime.destroy(step.box);
        if (step.box.generation === facts.generation) recreate = false;
        return;
      case 'make':
      case 'start': {
        const from = clock();
        const made = step.act === 'make' ? await runtime.create(deps.wanted(name).plan()) : step.box;
        await runtime.start(made);
        recreate = false;
        known = made.id;
        trouble = null;
        await tell('box.started', { generation: made.generation, boxId: made.id, ms: clock() - from });
      }
    }
  }

  function lookLater(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void poke(), Math.max(10, ms));
  }

  /** What failed is told once and tried again; an engine that is away is no fault of the box. */
  async function meet(failure: unknown): Promise<void> {
    if (closed) return;
    const hive = failure instanceof HiveError ? failure : new HiveError('internal', undefined, { cause: failure });
    if (hive.code === 'internal') deps.onError(failure, name);
    if (hive.code === 'engine_unavailable') {
      engineAway = true;
      lookLater(2_000);
      return;
    }
    failures += 1;
    const waitMs = backoffMs(failures + 3);
    const told = trouble?.reason === hive.message;
    trouble = { reason: hive.message, retryAt: clock() + waitMs };
    lookLater(waitMs);
    if (told) return;
    const data = { code: hive.code, reason: hive.message, retryInMs: waitMs };
    await events.record('box.failed', { agent: name, data }).catch((cause: unknown) => deps.onError(cause, name));
  }

  function poke(): Promise<void> {
    if (closed) return Promise.resolve();
    again = true;
    running ??= stepUntilRest()
      .catch(meet)
      .finally(() => {
        running = null;
        if (again && !closed) void poke();
      });
    return running;
  }

  return {
    poke,
    recreate() {
      recreate = true;
      failures = 0;
      if (trouble !== null) trouble = { ...trouble, retryAt: null };
      return poke();
    },
    view: () => ({ box, trouble, engineAway }),
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

function describeExit(ended: BoxStatus | undefined): string {
  if (ended === undefined) return 'its box is gone';
  if (ranOutOfMemory(ended)) return `its box ran out of memory (${ended.end?.memoryMb ?? 0} MB) and was killed`;
  return `its box ended with exit code ${ended.end?.exitCode ?? 'unknown'}`;
}

/** The engine's mark stays on a box in which a single command was ended; only a box that died of SIGKILL died of it. */
function ranOutOfMemory(box: BoxStatus): boolean {
  return box.end !== null && box.end.oomKilled && box.end.exitCode === 137;
}
