import { HiveError } from '../../../../protocol/errors.ts';
import { isDiskFull, storageError } from '../../core/storage-error.ts';
import { type AgentAction, whyNot } from '../../../../protocol/agent-actions.ts';
import { type AgentName, MANAGER } from '../../../../protocol/names.ts';
import type { z } from 'zod';
import type { AgentSpec, agentSpecInput, AgentState, AgentView } from '../../../../protocol/schemas/agent.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { Turns } from '../turns/serve-turns.ts';
import type { HarnessSights } from '../turns/harness-status.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { Module } from '../../core/module.ts';
import { forgetAgent, retireAgent } from '../../core/retire-agent.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { fieldsWith } from '../../../../protocol/spec-fields.ts';
import { createSlots } from '../../../../system/slots.ts';
import {
  agentNames,
  type AgentRow,
  findAgent,
  insertAgent,
  listAgents,
  listBriefs,
  setDesired,
  setSpec,
  setStoppedWhy,
} from './store/agents.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import type { Activities } from './activities.ts';
import { changeSpec } from './change-spec.ts';
import type { BoxTrouble } from '../mail/policy/waiting.ts';
import { SILENT_AFTER_MS } from './derive-state.ts';
import { describeAgent, describeState, type StateContext } from './describe-agent.ts';
import { readStandings, type Standing, standingOf } from './read-standings.ts';
import { planBox } from '../boxes/plan-box.ts';
import type { LocalNode } from '../../node/local-node.ts';
import type { Users } from '../../node/users.ts';
import { type BoxKeeper, keepBox } from '../boxes/reconcile.ts';
import { createBoxSurvey } from '../boxes/box-survey.ts';
import type { ToolchainVersions } from '../../node/toolchain-version.ts';
import { unknownAgent } from './unknown-agent.ts';

export interface FleetDeps {
  db: Db;
  writer: Writer;
  events: EventLog;
  turns: Turns;
  /** All of them: each ends what it has of an agent that could not be made. */
  modules: readonly Module[];
  sights: HarnessSights;
  activities: Activities;
  runtime: Runtime;
  node: Pick<LocalNode, 'prepareAgent' | 'trash'>;
  users: Users;
  clock: () => number;
  stopGraceMs: number;
  silentMs: number;
  /** Read anew at each call. */
  toolchainVersions: () => ToolchainVersions;
  /** Of the boxes' clocks, as the time zone database names it. */
  timeZone: string;
  /** Who answers the calls of an agent that is declared so. */
  answererOf: (spec: AgentSpec) => string;
  /** What the disk forbids and what is known of an agent's files. */
  disk: FleetDisk;
  log: { error: (fields: object, text: string) => void };
  /**
   * The set of agents changed: sockets must be opened or closed, services told. Awaited before a box starts.
   * Rejects only for the agent that is named.
   */
  onAgentsChanged: (concerned?: AgentName) => Promise<void>;
}

/** The fleet's view of the disk; see host/daemon/disk. */
export interface FleetDisk {
  /** Why no box may run now; null when boxes may. */
  holdsBoxes(): string | null;
  /** Why no new turn may begin. */
  holdsTurns(): string | null;
  useOf(name: AgentName): AgentView['disk'];
  /** Throws `storage_unavailable` while the rest of the disk is kept for what is vital. */
  refuse(): void;
}

/** What an agent is declared with; `start: false` leaves it stopped. */
export interface NewAgent {
  name: AgentName;
  parent: AgentName | null;
  spec: AgentSpec;
  start: boolean;
}

/** Everything that can be done to agents and their boxes. */
export type Fleet = ReturnType<typeof createFleet>;

/** For so long what was found of an agent in trouble is taken for what is. */
const TROUBLE_MS = 1_000;

export function createFleet(deps: FleetDeps) {
  const { db, writer, events, turns, runtime, node, users, clock } = deps;
  const troubles = new Map<AgentName, { at: number; trouble: BoxTrouble | null }>();
  const keepers = new Map<AgentName, BoxKeeper>();
  const leaving = new Set<AgentName>();
  /** Stopped, though the disk did not take it yet, and why: whoever fills a disk must end before it can be written down. */
  const unrecorded = new Map<AgentName, { by: string; why: string | null }>();
  const slots = createSlots<AgentName>({ total: 4 });
  const boxesOf = createBoxSurvey(runtime);

  function keeperOf(name: AgentName): BoxKeeper {
    let keeper = keepers.get(name);
    if (keeper === undefined)
      keepers.set(
        name,
        (keeper = keepBox(name, {
          runtime,
          boxesOf,
          events,
          clock,
          slots,
          random: Math.random,
          stopGraceMs: deps.stopGraceMs,
          wanted: (agent) => {
            const row = findAgent(db, agent);
            const asked = row === null || leaving.has(agent) ? 'gone' : row.desired;
            const mayNot = unrecorded.has(agent) || deps.disk.holdsBoxes() !== null;
            const desired = asked === 'running' && mayNot ? 'stopped' : asked;
            return {
              desired,
              generation: row?.generation ?? 0,
              plan: () =>
                planBox(rowOf(agent), listAgents(db), {
                  users,
                  toolchainVersion: deps.toolchainVersions(),
                  timeZone: deps.timeZone,
                }),
            };
          },
          onStopped: (agent, reason) => turns.releaseOpenTurn(agent, reason),
          onStarved: (agent, reason) => turns.releaseOpenTurn(agent, reason, 'starved'),
          onError: (error, agent) =>
            deps.log.error({ err: error, agent }, 'a box could not be brought to what is wanted'),
        })),
      );
    return keeper;
  }

  function rowOf(name: string) {
    const row = findAgent(db, name);
    if (row === null) throw unknownAgent(name, agentNames(db));
    return row;
  }

  /** A stop that the disk did not take yet is told as if it had. */
  function asStopped<T extends Pick<AgentRow, 'name' | 'desired' | 'stoppedWhy'>>(row: T): T {
    const stopped = unrecorded.get(row.name);
    return stopped === undefined ? row : { ...row, desired: 'stopped', stoppedWhy: stopped.why ?? UNRECORDED };
  }

  function stateContext(name: AgentName, standing: Standing): StateContext {
    return {
      now: clock(),
      standing,
      keeper: keeperOf(name).view(),
      sight: deps.sights.get(name),
      silentMs: deps.sights.silentMs(name),
      held: { boxes: deps.disk.holdsBoxes(), turns: deps.disk.holdsTurns() },
    };
  }

  function describe(
    row: AgentRow,
    about: { standing: Standing; toolchain: ToolchainVersions; names: readonly AgentName[] },
  ): AgentView {
    return describeAgent(asStopped(row), {
      state: stateContext(row.name, about.standing),
      activity: deps.activities.of(row.name),
      toolchainVersion: about.toolchain,
      names: about.names,
      timeZone: deps.timeZone,
      provider: deps.answererOf(row.spec),
      disk: deps.disk.useOf(row.name),
    });
  }

  function view(name: string): AgentView {
    const standing = standingOf(db, name);
    // Only the manager's box depends on who else there is.
    const names = name === MANAGER ? agentNames(db) : [];
    return describe(rowOf(name), { standing, toolchain: deps.toolchainVersions(), names });
  }

  /** Throws `wrong_state` with the reason that the page shows too. */
  function allow(action: AgentAction, name: string): AgentView {
    const now = view(name);
    const why = whyNot(action, now.state, name);
    if (why !== null) throw new HiveError('wrong_state', why, { details: { agent: name, state: now.state } });
    if (leaving.has(now.name)) throw new HiveError('busy', `${name} is being destroyed or restored.`);
    return now;
  }

  async function requireEngine(image: string): Promise<void> {
    const engine = await runtime.ping();
    if (!engine.ok) throw new HiveError('engine_unavailable', `The container engine does not answer: ${engine.reason}`);
    if (!(await runtime.hasImage(image)))
      throw new HiveError(
        'image_missing',
        `The image "${image}" is not on this machine. Run "npm start" to build the base image, or name another one.`,
      );
  }

  /** An agent whose directories or sockets could not be made was never there. */
  async function undoCreate(name: AgentName, parent: AgentName | null): Promise<void> {
    await writer.writeVital((tx) => {
      retireAgent(tx, deps.modules, { name, parent, reason: `the agent ${name} could not be made` });
      events.append(tx, 'agent.destroyed', { agent: name, data: { archive: null } });
    });
    await forgetAgent(deps.modules, name);
    void node.trash.empty();
  }

  /**
   * Writes an agent down and makes its directories and sockets. Its box is the keeper's affair, at the next look.
   * `within` joins the transaction that writes it down.
   */
  async function declare(agent: NewAgent, within?: (tx: Tx) => void): Promise<void> {
    deps.disk.refuse();
    if (agent.start) await requireEngine(agent.spec.image).catch(tolerateEngineAway);
    if (leaving.has(agent.name))
      throw new HiveError(
        'busy',
        `An agent "${agent.name}" is just being destroyed or restored. Try again when that is over.`,
      );
    const id = await writer.write((tx) => {
      if (findAgent(tx.db, agent.name) !== null)
        throw new HiveError(
          'duplicate_agent',
          `There is an agent "${agent.name}" already. Choose another name, or destroy that one first.`,
        );
      if (agent.parent !== null && findAgent(tx.db, agent.parent) === null)
        throw unknownAgent(agent.parent, agentNames(tx.db));
      const desired = agent.start ? 'running' : 'stopped';
      const row = insertAgent(tx.db, { ...agent, desired, at: clock() });
      events.append(tx, 'agent.created', {
        agent: agent.name,
        data: { parent: agent.parent, role: agent.spec.role },
      });
      within?.(tx);
      return row;
    });
    try {
      await node.prepareAgent({ name: agent.name, id, pids: agent.spec.limits.pids });
      await deps.onAgentsChanged(agent.name);
    } catch (error) {
      await undoCreate(agent.name, agent.parent);
      throw storageError(error);
    }
  }

  function recordStop(name: AgentName, stopped: { by: string; why: string | null }): Promise<void> {
    return writer.writeVital((tx) => {
      setDesired(tx.db, name, 'stopped');
      if (stopped.why !== null) setStoppedWhy(tx.db, name, stopped.why);
      events.append(tx, 'agent.desired', { agent: name, data: { desired: 'stopped', by: stopped.by } });
      tx.after(() => unrecorded.delete(name));
      tx.after(() => turns.notify(name));
    });
  }

  /**
   * Declares an agent stopped and ends its box. On a disk that takes nothing the box ends all the same, and what was
   * asked is written down when there is room; a hived that dies before that knows nothing of it.
   */
  async function stop(name: AgentName, by: string, why: string | null): Promise<AgentView> {
    allow('stop', name);
    try {
      await recordStop(name, { by, why });
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      unrecorded.set(name, { by, why });
    }
    await keeperOf(name).poke();
    return view(name);
  }

  return {
    keeperOf,
    view,
    /**
     * What keeps an agent's box from taking mail; null when nothing does. An agent without trouble costs no query, one with
     * some is looked at once a second at most: every send to it asks.
     */
    troubleOf(name: AgentName): BoxTrouble | null {
      const keeper = keepers.get(name)?.view();
      if (keeper === undefined) return null;
      // Boxes run on while the engine is away: whoever was heard of takes its mail.
      const isSilent = deps.sights.silentMs(name) > SILENT_AFTER_MS;
      const isUnknown = keeper.engineAway && deps.sights.get(name) === null;
      if (keeper.trouble === null && !isSilent && !isUnknown) return null;
      const known = troubles.get(name);
      const now = performance.now();
      if (known !== undefined && now - known.at < TROUBLE_MS) return known.trouble;
      const row = findAgent(db, name);
      if (row === null) return null;
      const { state, until } = describeState(asStopped(row), stateContext(name, standingOf(db, name)));
      const trouble = state === 'failed' || state === 'unreachable' ? { state, until } : null;
      troubles.set(name, { at: now, trouble });
      return trouble;
    },
    /** Whether an agent is there, is to run, and was not stopped, even if the disk did not take that yet. */
    isWanted: (name: AgentName): boolean =>
      !unrecorded.has(name) && !leaving.has(name) && findAgent(db, name)?.desired === 'running',
    allow,
    requireEngine,
    /** Every agent, the manager first, then by name; as many statements for a thousand agents as for one. */
    viewAll(): AgentView[] {
      const rows = listAgents(db);
      const standingOfEach = readStandings(db);
      const hive = { toolchain: deps.toolchainVersions(), names: rows.map(({ name }) => name) };
      return rows.map((row) => describe(row, { ...hive, standing: standingOfEach(row.name) }));
    },

    /** What agents are told of each other, in the same order. */
    listBriefly(): {
      name: AgentName;
      role: string;
      parent: AgentName | null;
      state: AgentState;
      waiting: number;
      note?: string;
    }[] {
      const standingOfEach = readStandings(db);
      return listBriefs(db).map((row) => {
        const standing = standingOfEach(row.name);
        const { state } = describeState(asStopped(row), stateContext(row.name, standing));
        const note = row.note === '' ? {} : { note: row.note };
        return { name: row.name, role: row.role, parent: row.parent, state, waiting: standing.mail.queued, ...note };
      });
    },

    declare,

    /** Declares an agent and, unless it is to stay stopped, makes its box. */
    async create(agent: NewAgent): Promise<AgentView> {
      await declare(agent);
      if (agent.start) void keeperOf(agent.name).poke();
      return view(agent.name);
    },

    /**
     * Changes what an agent is declared with. What its harness goes by has effect from its next turn on; for what is fixed
     * in its box the agent shows as outdated until a rebuild (protocol/spec-fields.ts).
     * Throws `unknown_agent`, `busy` while it is being destroyed or restored, `image_missing`.
     */
    async change(
      name: AgentName,
      how: { spec: z.output<typeof agentSpecInput>; by: string },
    ): Promise<{ agent: AgentView; changed: string[] }> {
      if (leaving.has(name)) throw new HiveError('busy', `${name} is being destroyed or restored.`);
      const { image } = how.spec;
      if (image !== undefined && image !== rowOf(name).spec.image) await requireEngine(image).catch(tolerateEngineAway);
      const changed = await writer.write((tx) => {
        const row = findAgent(tx.db, name);
        if (row === null) throw unknownAgent(name, agentNames(tx.db));
        const { spec, fields } = changeSpec(row.spec, how.spec);
        if (fields.length > 0) {
          const tell = fieldsWith('next_turn', fields).length > 0;
          setSpec(tx.db, name, { spec, tell });
          events.append(tx, 'agent.changed', { agent: name, data: { fields, by: how.by } });
          if (tell) tx.after(() => turns.notify(name));
        }
        return fields;
      });
      // The gateway asks the agent's provider, whichever that is, at each call.
      if (changed.includes('provider')) await deps.onAgentsChanged();
      return { agent: view(name), changed };
    },

    async setDesired(name: AgentName, desired: 'running' | 'stopped', by: string): Promise<AgentView> {
      if (desired === 'stopped') return stop(name, by, null);
      const now = allow('start', name);
      deps.disk.refuse();
      await requireEngine(now.spec.image);
      const before = unrecorded.get(name);
      if (before !== undefined) await recordStop(name, before);
      await writer.write((tx) => {
        setDesired(tx.db, name, desired);
        events.append(tx, 'agent.desired', { agent: name, data: { desired, by } });
        tx.after(() => turns.notify(name));
      });
      await turns.unpark(name);
      await keeperOf(name).recreate();
      return view(name);
    },

    /** Stops an agent on the hive's own account; `why` is what everybody is shown as the reason. */
    stopBecause: (name: AgentName, why: string): Promise<AgentView> => stop(name, 'the hive', why),

    /** Writes down stops that a full disk did not take. */
    async recordStops(): Promise<void> {
      for (const [name, stopped] of unrecorded)
        if (findAgent(db, name) === null) unrecorded.delete(name);
        else await recordStop(name, stopped);
    },

    /** Declares an agent running in a transaction under way; its box follows after the commit. Runs already: nothing. */
    startIn(tx: Tx, name: AgentName, by: string): void {
      if (leaving.has(name) || findAgent(tx.db, name)?.desired !== 'stopped') return;
      setDesired(tx.db, name, 'running');
      events.append(tx, 'agent.desired', { agent: name, data: { desired: 'running', by } });
      tx.after(() => {
        turns.notify(name);
        void keeperOf(name)
          .recreate()
          .catch((err: unknown) => deps.log.error({ err, agent: name }, 'an agent could not be started'));
      });
    },

    async restart(name: AgentName): Promise<AgentView> {
      const now = allow('restart', name);
      await requireEngine(now.spec.image);
      await turns.unpark(name);
      await keeperOf(name).recreate();
      return view(name);
    },

    /** Marks an agent as leaving, or not whole yet: nothing begins for it, nor for another of its name, until `forget`. */
    claim(name: AgentName): void {
      leaving.add(name);
    },

    /** Ends the box of an agent that was claimed, for good. */
    async retire(name: AgentName): Promise<void> {
      const keeper = keeperOf(name);
      await keeper.poke();
      const rest = await boxesOf(name);
      if (rest.length > 0)
        throw new HiveError(
          'engine_error',
          `The box of ${name} could not be removed: ${keeper.view().trouble?.reason ?? 'unknown'}`,
        );
      keeper.close();
      keepers.delete(name);
    },
    /** The end of a claim: the agent is gone, or stays and its box comes. */
    forget(name: AgentName): void {
      leaving.delete(name);
      if (findAgent(db, name) !== null) void keeperOf(name).poke();
    },
    /** The agent's row is gone: nothing is kept of it in memory but the claim to its name. */
    forgetGone(name: AgentName): void {
      unrecorded.delete(name);
      troubles.delete(name);
      keepers.get(name)?.close();
      keepers.delete(name);
    },

    /** Something happened to one of an agent's boxes, perhaps its removal with the agent itself. */
    heed(name: AgentName): void {
      if (keepers.has(name) || findAgent(db, name) !== null) void keeperOf(name).poke();
    },

    /** Looks after every agent once: at start, when the engine came back, and now and then. */
    async pokeAll(): Promise<void> {
      await Promise.all(agentNames(db).map((name) => keeperOf(name).poke()));
    },

    /** Restarts boxes whose harness has been silent for too long. */
    async reviveSilent(): Promise<void> {
      for (const name of agentNames(db)) {
        const { box } = keeperOf(name).view();
        if (box?.state !== 'running' || findAgent(db, name)?.desired !== 'running') continue;
        const silentMs = Math.round(Math.min(deps.sights.silentMs(name), ageOf(box.madeAt, clock())));
        if (silentMs < deps.silentMs) continue;
        await events.record('harness.lost', { agent: name, data: { silentMs } });
        deps.sights.seen(name);
        void keeperOf(name).recreate();
      }
    },

    close(): void {
      for (const keeper of keepers.values()) keeper.close();
    },
  };
}

const UNRECORDED = 'the disk took no note of it yet: it is written down when there is room';

/** An agent may be declared while the engine is away: its box is made when it is back. */
function tolerateEngineAway(error: unknown): void {
  if (error instanceof HiveError && error.code === 'engine_unavailable') return;
  throw error;
}

/** How long a box has been there; one that was made in the future, because the clock was set back, for ever. */
function ageOf(madeAt: number, now: number): number {
  return madeAt > now ? Infinity : now - madeAt;
}
