import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { Db } from '../../../../store/open-store.ts';
import { createSlots } from '../../../../system/slots.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { ToolchainVersions } from '../../node/toolchain-version.ts';
import type { Users } from '../../node/users.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { requireAgent } from '../agents/known-agent.ts';
import { agentNames, findAgent, listAgents } from '../agents/queries.ts';
import type { HarnessWatch } from '../turns/harness-watch.ts';
import type { Turns } from '../turns/serve-turns.ts';
import { createBoxSurvey } from './box-survey.ts';
import { planBox } from './plan-box.ts';
import { type BoxKeeper, keepBox, type KeeperView, type Wanted } from './reconcile.ts';

/** The most boxes that are made or ended at once. */
const MOST_AT_ONCE = 4;

export interface BoxKeepersDeps {
  db: Db;
  events: EventLog;
  memory: AgentMemory;
  turns: Pick<Turns, 'releaseOpenTurn'>;
  harnesses: HarnessWatch;
  runtime: Runtime;
  users: Users;
  clock: () => number;
  stopGraceMs: number;
  /** An agent whose harness was not in contact for this long gets another box. */
  silentMs: number;
  /** Read again at each call. */
  toolchainVersions: () => ToolchainVersions;
  /** The time zone of the boxes' clocks, by its name in the time zone database. */
  timeZone: string;
  /** Its box is removed whatever is declared: the agent is being destroyed, or is not complete yet. */
  isLeaving: (name: AgentName) => boolean;
  /** Whether it may have no box now, though it is declared running. */
  isHeld: (name: AgentName) => boolean;
  log: { error: (fields: object, text: string) => void };
}

/** The boxes of all agents: one keeper for each, created at the first use. */
export interface BoxKeepers {
  of(name: AgentName): BoxKeeper;
  /** The state of an agent's box; undefined before its keeper was created. */
  viewOf(name: AgentName): KeeperView | undefined;
  /** One of an agent's boxes changed, perhaps by its removal with the agent itself. */
  reconcileKnown(name: AgentName): void;
  /** Checks every agent once: at start, when the engine came back, and periodically. */
  reconcileAll(): Promise<void>;
  /** Restarts boxes whose harness has been silent for too long. */
  reviveSilent(): Promise<void>;
  /** Ends the boxes of an agent that is leaving, for good. Throws `engine_error` when one stays. */
  retire(name: AgentName): Promise<void>;
  close(): void;
}

export function createBoxKeepers(deps: BoxKeepersDeps): BoxKeepers {
  const { db, events, turns, runtime, users, clock, harnesses, log } = deps;
  const keepers = deps.memory.keep<BoxKeeper, AgentName>('box keeper', (keeper) => keeper.close());
  const slots = createSlots<AgentName>({ total: MOST_AT_ONCE });
  const boxesOf = createBoxSurvey(runtime);

  function wanted(name: AgentName): Wanted {
    const row = findAgent(db, name);
    const declared = row === null || deps.isLeaving(name) ? 'gone' : row.desired;
    return {
      desired: declared === 'running' && deps.isHeld(name) ? 'stopped' : declared,
      generation: row?.generation ?? 0,
      plan: () =>
        planBox(requireAgent(db, name), listAgents(db), {
          users,
          toolchainVersion: deps.toolchainVersions(),
          timeZone: deps.timeZone,
        }),
    };
  }

  function of(name: AgentName): BoxKeeper {
    const known = keepers.get(name);
    if (known !== undefined) return known;
    const keeper = keepBox(name, {
      runtime,
      boxesOf,
      events,
      clock,
      slots,
      random: Math.random,
      stopGraceMs: deps.stopGraceMs,
      wanted,
      onStopped: (agent, reason) => turns.releaseOpenTurn(agent, reason),
      onStarved: (agent, reason) => turns.releaseOpenTurn(agent, reason, 'starved'),
      onError: (err, agent) => log.error({ err, agent }, 'a box could not be brought to what is wanted'),
    });
    keepers.set(name, keeper);
    return keeper;
  }

  return {
    of,
    viewOf: (name) => keepers.get(name)?.view(),
    reconcileKnown(name) {
      if (keepers.has(name) || findAgent(db, name) !== null) void of(name).reconcile();
    },
    async reconcileAll() {
      await Promise.all(agentNames(db).map((name) => of(name).reconcile()));
    },
    async reviveSilent() {
      for (const name of agentNames(db)) {
        const { box } = of(name).view();
        if (box?.state !== 'running' || findAgent(db, name)?.desired !== 'running') continue;
        const silentMs = Math.round(Math.min(harnesses.silentMs(name), ageOf(box.madeAt, clock())));
        if (silentMs < deps.silentMs) continue;
        await events.record('harness.lost', { agent: name, data: { silentMs } });
        harnesses.seen(name);
        void of(name).recreate();
      }
    },
    async retire(name) {
      const keeper = of(name);
      await keeper.reconcile();
      const rest = await boxesOf(name);
      if (rest.length > 0)
        throw new HiveError(
          'engine_error',
          `The box of ${name} could not be removed: ${keeper.view().trouble?.reason ?? 'unknown'}`,
        );
      keeper.close();
      keepers.delete(name);
    },
    close: () => keepers.forEach((keeper) => keeper.close()),
  };
}

/** The age of a box; infinite for a creation time in the future, which means that the clock was set back. */
function ageOf(madeAt: number, now: number): number {
  return madeAt > now ? Infinity : now - madeAt;
}
