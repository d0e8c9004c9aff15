import { HiveError } from '../../../../protocol/errors.ts';
import { type AgentName, OPERATOR } from '../../../../protocol/names.ts';
import type { DiskOwner, DiskReport, DiskState } from '../../../../protocol/schemas/disk.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import { decideAgentDisk } from './decide-agent.ts';
import { createGrace } from './grace.ts';
import {
  decideLevel,
  type DiskFacts,
  type DiskLevel,
  type DiskMarksConfig,
  isWorse,
  marksOf,
  reserveOf,
} from './decide-level.ts';
import type { Reserve } from './reserve.ts';
import { sayBytes, sayLevel, sayUse } from './say-disk.ts';
import { pause } from '../../../../system/pause.ts';

/** The watch's actions; all may reject on a disk that refuses writes. */
export interface DiskActions {
  /** The level changed: checks boxes and turns again. Resolves when boxes that may not run have ended. */
  apply(): Promise<void>;
  stopAgent(name: AgentName, why: string): Promise<void>;
  /**
   * Whether the agent exists and should run. Stopped agents are not judged; after a start they get a new grace period.
   */
  isWanted(name: AgentName): boolean;
  /** Sends a notice of the hive to an agent or the operator. */
  tell(to: string, body: string): Promise<void>;
  recordLevel(data: {
    level: string;
    was: string;
    freeBytes: number;
    totalBytes: number;
    biggest: Biggest;
  }): Promise<void>;
  recordOver(agent: AgentName, data: OverData): Promise<void>;
  /** Retries the writes that a full disk refused. */
  catchUp(): Promise<void>;
}
type AgentOwner = DiskOwner & { agent: AgentName };
type Biggest = { owner: string; bytes: number }[];
export interface OverData {
  bytes: number;
  files: number;
  limitBytes: number;
  limitFiles: number;
  stopsAt: number | null;
  reason: string;
}

export interface DiskDeps {
  memory: AgentMemory;
  /** The directory of an agent's files, for people. */
  filesOf: (name: AgentName) => string;
  statfs: () => Promise<DiskFacts>;
  reserve: (bytes: number) => Reserve;
  measureAgents: () => Promise<{ agents: DiskOwner[]; shared: Map<string, { bytes: number }>; all: DiskOwner }>;
  measureOthers: () => Promise<DiskOwner[]>;
  /** Configured marks in MiB; see marksOf. */
  marks: DiskMarksConfig & { reserveMb: number };
  graceMs: number;
  measureEveryMs: number;
  clock: () => number;
  steady: () => number;
  onError: (error: unknown) => void;
}

/** Intervals between checks while there is plenty of space, and while there is not. A check costs microseconds. */
const CALM_MS = 1_000;
const CLOSE_MS = 250;
/** A measurement is followed by a pause of this multiple of its duration, unless the disk is filling up. */
const REST_FACTOR = 20;

/**
 * Watches the disk of the hive's files.
 *
 * Every check derives the level (see decide-level.ts) and acts on it before anything is written: boxes end first,
 * notices follow. Files are measured at a worse level, after much growth since the last time, and every
 * `measureEveryMs`.
 */
export type DiskWatch = Awaited<ReturnType<typeof watchDisk>>;

export async function watchDisk(deps: DiskDeps) {
  const { clock, steady, graceMs } = deps;
  let facts = await deps.statfs();
  const marks = marksOf(facts.totalBytes, deps.marks);
  const reserveBytes = reserveOf(facts.totalBytes, deps.marks.reserveMb);
  const reserve = deps.reserve(reserveBytes);
  let level: DiskLevel = decideLevel(forOthers(facts), marks, 'ok');
  /** The worst level that was announced since the disk last had space. */
  let told: DiskLevel = 'ok';
  let measured: { at: number; steadyAt: number; tookMs: number; freeBytes: number; owners: DiskOwner[] } | null = null;
  let measuring: Promise<void> | null = null;
  const grace = createGrace(graceMs, deps.memory);
  let actions: DiskActions | null = null;

  /** A reserve that is not allocated yet counts as used. */
  function forOthers(now: DiskFacts): DiskFacts {
    return { ...now, freeBytes: Math.max(0, now.freeBytes - (reserveBytes - Math.min(reserveBytes, reserve.kept()))) };
  }

  const attempt = (work: () => Promise<void>) => work().catch(deps.onError);
  const owners = () => measured?.owners ?? [];

  /** `beforeReady`: files are measured only if space is short. The next check measures them, so that growth has a baseline. */
  async function check({ beforeReady = false } = {}): Promise<void> {
    facts = await deps.statfs();
    await reserve.check();
    const was = level;
    level = decideLevel(forOthers(facts), marks, was);
    const act = actions;
    if (act === null) return;
    if (level !== was) await attempt(() => act.apply());
    if (isWorse(level, was) || (needsMeasuring() && !(beforeReady && level === 'ok'))) {
      await attempt(measure);
      await attempt(() => judgeAgents(act));
    }
    await attempt(() => tellLevel(act, was));
    if (level === 'ok' && reserve.kept() < reserveBytes) await attempt(() => reserve.make());
    if (level !== 'full') await attempt(() => act.catchUp());
  }

  function needsMeasuring(): boolean {
    if (measured === null) return true;
    const restedMs = steady() - measured.steadyAt;
    const wantsRest = level === 'ok' ? measured.tookMs * REST_FACTOR : measured.tookMs;
    if (restedMs < wantsRest) return false;
    return (
      restedMs >= deps.measureEveryMs || measured.freeBytes - facts.freeBytes > Math.max(marks.low / 4, marks.full)
    );
  }

  /** The last measurement while the disk had space: growth since then can be attributed. */
  let baseline: { sizes: Map<string, number>; freeBytes: number } | null = null;

  function measure(): Promise<void> {
    measuring ??= (async () => {
      const began = steady();
      const { agents, shared, all } = await deps.measureAgents();
      biggestInShared = [...shared].toSorted((a, b) => b[1].bytes - a[1].bytes)[0]?.[0] ?? null;
      const found = [...agents, all, ...(await deps.measureOthers())].toSorted((a, b) => b.bytes - a.bytes);
      const now = await deps.statfs();
      measured = { at: clock(), steadyAt: steady(), tookMs: steady() - began, freeBytes: now.freeBytes, owners: found };
      if (level === 'ok' || baseline === null)
        baseline = { sizes: new Map(found.map((one) => [one.owner, one.bytes])), freeBytes: now.freeBytes };
    })().finally(() => {
      measuring = null;
    });
    return measuring;
  }
  let biggestInShared: string | null = null;

  async function judgeAgents(act: DiskActions): Promise<void> {
    for (const owner of owners()) {
      const { agent } = owner;
      // A failure with one agent must not keep the others from being judged.
      if (agent !== null) await attempt(() => judgeAgent(act, { ...owner, agent }));
    }
  }

  async function judgeAgent(act: DiskActions, owner: AgentOwner): Promise<void> {
    const name = owner.agent;
    // Stopped: it grows no more. When it is started again, perhaps to free space itself, it gets a new grace period.
    if (!act.isWanted(name)) return grace.forget(name);
    const shared = owners().find((one) => one.owner === 'shared');
    // If /shared is over its limit, the agent with most files there counts as over.
    const isSharedOver = shared !== undefined && isOver(shared) && name === biggestInShared;
    const verdict = decideAgentDisk({
      usedBytes: owner.bytes,
      usedFiles: owner.files,
      limitBytes: isSharedOver ? justOver(owner) : owner.limitBytes,
      limitFiles: owner.limitFiles,
      whole: owner.whole,
      overMs: grace.overMs(name, steady()),
      graceMs,
      level,
      grewBytes: owner.bytes - (baseline?.sizes.get(owner.owner) ?? 0),
      fellBytes: Math.max(0, (baseline?.freeBytes ?? 0) - facts.freeBytes),
      leastBytes: Math.max(marks.full, 1),
    });
    const reason = isSharedOver ? `/shared has ${sayUse(shared)}, most of it its own` : `it uses ${sayUse(owner)}`;
    switch (verdict.do) {
      case 'nothing':
        return grace.under(name, steady());
      case 'wait':
        return grace.over(name, steady());
      case 'warn':
        grace.over(name, steady());
        return warn(act, { owner, reason });
      case 'stop':
        return end(act, {
          owner,
          reason: verdict.because === 'limit' ? reason : `it took most of what the disk lost and ${reason}`,
        });
    }
  }

  async function warn(act: DiskActions, { owner, reason }: { owner: AgentOwner; reason: string }): Promise<void> {
    const name = owner.agent;
    const stopsAt = clock() + graceMs;
    await act.recordOver(name, { ...figures(owner), stopsAt, reason });
    const minutes = Math.max(1, Math.round(graceMs / 60_000));
    // A full mailbox of the agent must not keep the operator from being notified.
    await attempt(() =>
      act.tell(
        name,
        `Your files take too much of the disk: ${reason}. Delete what you do not need (your state directory, what you put into /shared); in ${minutes} min your box is stopped otherwise.`,
      ),
    );
    await act.tell(
      OPERATOR,
      `${name} is over its limit of disk: ${reason}. It is stopped in ${minutes} min unless it frees space.`,
    );
  }

  async function end(act: DiskActions, { owner, reason }: { owner: AgentOwner; reason: string }): Promise<void> {
    const name = owner.agent;
    const why = `${reason}; it was stopped. Free space in ${deps.filesOf(name)}, then: hivectl start ${name}`;
    await act.stopAgent(name, why);
    grace.forget(name);
    await act.recordOver(name, { ...figures(owner), stopsAt: null, reason: why });
    await act.tell(OPERATOR, `${name}: ${why}`);
  }

  async function tellLevel(act: DiskActions, was: DiskLevel): Promise<void> {
    const isNews = level === 'ok' ? told !== 'ok' : isWorse(level, told);
    if (!isNews) return;
    const biggest = owners()
      .slice(0, 3)
      .map(({ owner, bytes }) => ({ owner, bytes }));
    await act.recordLevel({
      level,
      was: level === 'ok' ? told : was,
      freeBytes: facts.freeBytes,
      totalBytes: facts.totalBytes,
      biggest,
    });
    await act.tell(
      OPERATOR,
      sayLevel(level, facts.freeBytes, owners()) ??
        `The disk has room again: ${sayBytes(facts.freeBytes)} free. Everything goes on by itself.`,
    );
    told = level;
  }

  const advice = () => sayLevel(level, facts.freeBytes, owners());

  return {
    level: () => level,
    /** Frees a portion of the reserve for an essential write; false when there is none. */
    makeRoom: () => reserve.giveUp(),
    mayBegin: () => level !== 'paused' && level !== 'full',
    /** Throws `storage_unavailable` while the disk's last reserve is kept for essential writes. */
    refuse(): void {
      if (level === 'full') throw new HiveError('storage_unavailable', advice() ?? undefined);
    },
    holdsBoxes: () =>
      level === 'full' ? `its box waits for room on the disk (${sayBytes(facts.freeBytes)} free)` : null,
    holdsTurns: () => (level === 'paused' ? `no new turn begins: ${sayBytes(facts.freeBytes)} of disk are free` : null),
    useOf(name: AgentName) {
      const found = owners().find((one) => one.agent === name);
      return found === undefined || measured === null
        ? null
        : { bytes: found.bytes, files: found.files, at: measured.at };
    },
    state: (): DiskState => ({ level, ...facts, reserveBytes: reserve.kept(), advice: advice() }),
    /** Use by owner: measured now, or (`known`) from the last measurement, without walking files. */
    async report(which: 'now' | 'known'): Promise<DiskReport> {
      if (which === 'now' || measured === null) await measure();
      facts = await deps.statfs();
      const kept = reserve.kept();
      const own: DiskOwner = {
        owner: 'reserve',
        agent: null,
        bytes: kept,
        files: kept > 0 ? 1 : 0,
        limitBytes: 0,
        limitFiles: 0,
        whole: true,
      };
      return {
        disk: { level, ...facts, reserveBytes: kept, advice: advice() },
        measuredAt: measured?.at ?? null,
        owners: [...owners(), own].toSorted((a, b) => b.bytes - a.bytes),
      };
    },
    check,
    /** An agent is gone: its measurement must not apply to another agent with its name. */
    forget(name: AgentName): void {
      const isOthers = (one: DiskOwner) => one.agent !== name;
      if (measured !== null) measured = { ...measured, owners: measured.owners.filter(isOthers) };
      baseline?.sizes.delete(`agent ${name}`);
    },
    /** From now on checks have an effect. */
    actWith(given: DiskActions): void {
      actions = given;
    },
    /** Checks periodically until the signal fires; never rejects. */
    async run(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        await attempt(check);
        const calm = level === 'ok' && facts.freeBytes > marks.low * 4;
        await pause(calm ? CALM_MS : CLOSE_MS, signal);
      }
      await measuring?.catch(() => undefined);
    },
  };
}

function isOver(owner: DiskOwner): boolean {
  return (
    (owner.limitBytes > 0 && owner.bytes > owner.limitBytes) || (owner.limitFiles > 0 && owner.files > owner.limitFiles)
  );
}

/** A limit that this owner is just over. */
function justOver(owner: DiskOwner): number {
  return Math.max(1, owner.bytes - 1);
}

function figures({ bytes, files, limitBytes, limitFiles }: DiskOwner) {
  return { bytes, files, limitBytes, limitFiles };
}
