import { HiveError } from '../../../../protocol/errors.ts';
import { type AgentAction, whyNot } from '../../../../protocol/agent-actions.ts';
import { type AgentName, MANAGER } from '../../../../protocol/names.ts';
import type { AgentSpec, AgentState, AgentView } from '../../../../protocol/schemas/agent.ts';
import type { ModelEntry } from '../../../../protocol/schemas/model.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import type { ToolchainVersions } from '../../node/toolchain-version.ts';
import type { BoxKeepers } from '../boxes/keepers.ts';
import type { BoxTrouble } from '../mail/policy/waiting.ts';
import type { HarnessWatch } from '../turns/harness-watch.ts';
import type { Activities } from './activities.ts';
import type { Claims } from './claims.ts';
import { SILENT_AFTER_MS } from './derive-state.ts';
import { describeAgent, describeState, type StateContext } from './describe-agent.ts';
import { requireAgent } from './known-agent.ts';
import type { PendingStops } from './pending-stops.ts';
import { readStandings, type Standing, standingOf } from './read-standings.ts';
import { agentNames, type AgentRow, findAgent, listAgents, listBriefs } from './store/agents.ts';

/** Restrictions because of the disk, and the measured size of an agent's files. */
export interface DiskFacts {
  /** Why no box may run now; null when boxes may. */
  holdsBoxes(): string | null;
  /** Why no new turn may begin; null when turns may. */
  holdsTurns(): string | null;
  useOf(name: AgentName): AgentView['disk'];
}

export interface AgentViewsDeps {
  db: Db;
  memory: AgentMemory;
  harnesses: HarnessWatch;
  activities: Pick<Activities, 'of'>;
  keepers: Pick<BoxKeepers, 'of' | 'viewOf'>;
  claims: Pick<Claims, 'requireFree'>;
  stops: Pick<PendingStops, 'applyTo'>;
  disk: DiskFacts;
  clock: () => number;
  /** Read again at each call. */
  toolchainVersions: () => ToolchainVersions;
  /** The time zone of the boxes' clocks, by its name in the time zone database. */
  timeZone: string;
  /** Who answers the model calls of an agent with this spec. */
  answererOf: (spec: AgentSpec) => string;
  modelOf: (spec: AgentSpec) => { readonly entries: readonly ModelEntry[] };
}

/** The part of an agent that other agents may see. */
export interface AgentSummary {
  name: AgentName;
  role: string;
  parent: AgentName | null;
  state: AgentState;
  waiting: number;
  note?: string;
}

/** Views of agents, from the store and from the state of their boxes and harnesses. */
export interface AgentViews {
  /** Throws `unknown_agent`. */
  view(name: string): AgentView;
  /** The agents among the names, each once, in the order of the names. */
  viewNamed(names: readonly string[]): AgentView[];
  /** Every agent, the manager first, then by name; the number of statements does not depend on the number of agents. */
  viewAll(): AgentView[];
  /** The agents as other agents may see them, in the same order. */
  listBriefly(): AgentSummary[];
  /**
   * Why an agent's box takes no mail; null when it does. An agent without trouble costs no query, one with trouble is
   * checked once a second at most, because every send to it asks.
   */
  troubleOf(name: AgentName): BoxTrouble | null;
  /** The agent, if its state allows the action. Throws `wrong_state` with the reason that the page shows too, or `busy`. */
  allow(action: AgentAction, name: string): AgentView;
}

/** How long the result of such a check is reused. */
const TROUBLE_MS = 1_000;

export function createAgentViews(deps: AgentViewsDeps): AgentViews {
  const { db, keepers, claims, stops, harnesses, disk } = deps;
  const troubles = deps.memory.keep<{ at: number; trouble: BoxTrouble | null }>('box trouble');

  function stateContext(name: AgentName, standing: Standing): StateContext {
    return {
      now: deps.clock(),
      standing,
      keeper: keepers.of(name).view(),
      report: harnesses.get(name),
      silentMs: harnesses.silentMs(name),
      held: { boxes: disk.holdsBoxes(), turns: disk.holdsTurns() },
    };
  }

  function describe(
    row: AgentRow,
    about: { standing: Standing; toolchain: ToolchainVersions; names: readonly AgentName[] },
  ): AgentView {
    return describeAgent(stops.applyTo(row), {
      state: stateContext(row.name, about.standing),
      activity: deps.activities.of(row.name),
      toolchainVersion: about.toolchain,
      names: about.names,
      timeZone: deps.timeZone,
      provider: deps.answererOf(row.spec),
      entries: deps.modelOf(row.spec).entries,
      disk: disk.useOf(row.name),
    });
  }

  function viewRow(row: AgentRow, toolchain: ToolchainVersions): AgentView {
    const standing = standingOf(db, row.name);
    // Only the manager's box depends on the names of the other agents.
    const names = row.name === MANAGER ? agentNames(db) : [];
    return describe(row, { standing, toolchain, names });
  }

  const view = (name: string) => viewRow(requireAgent(db, name), deps.toolchainVersions());

  function judgeTrouble(name: AgentName): BoxTrouble | null {
    const row = findAgent(db, name);
    if (row === null) return null;
    const { state, until } = describeState(stops.applyTo(row), stateContext(name, standingOf(db, name)));
    return state === 'failed' || state === 'unreachable' ? { state, until } : null;
  }

  return {
    view,
    viewNamed(names) {
      const toolchain = deps.toolchainVersions();
      return [...new Set(names)].flatMap((name) => {
        const row = findAgent(db, name);
        return row === null ? [] : [viewRow(row, toolchain)];
      });
    },
    viewAll() {
      const rows = listAgents(db);
      const standingOfEach = readStandings(db);
      const hive = { toolchain: deps.toolchainVersions(), names: rows.map(({ name }) => name) };
      return rows.map((row) => describe(row, { ...hive, standing: standingOfEach(row.name) }));
    },
    listBriefly() {
      const standingOfEach = readStandings(db);
      return listBriefs(db).map((row) => {
        const standing = standingOfEach(row.name);
        const { state } = describeState(stops.applyTo(row), stateContext(row.name, standing));
        const note = row.note === '' ? {} : { note: row.note };
        return { name: row.name, role: row.role, parent: row.parent, state, waiting: standing.mail.queued, ...note };
      });
    },
    troubleOf(name) {
      const keeper = keepers.viewOf(name);
      if (keeper === undefined) return null;
      // Boxes keep running while the engine is away: an agent whose harness was in contact takes its mail.
      const isSilent = harnesses.silentMs(name) > SILENT_AFTER_MS;
      const isUnknown = keeper.engineAway && harnesses.get(name) === null;
      if (keeper.trouble === null && !isSilent && !isUnknown) return null;
      const now = performance.now();
      const known = troubles.get(name);
      if (known !== undefined && now - known.at < TROUBLE_MS) return known.trouble;
      const trouble = judgeTrouble(name);
      troubles.set(name, { at: now, trouble });
      return trouble;
    },
    allow(action, name) {
      const now = view(name);
      const why = whyNot(action, now.state, name);
      if (why !== null) throw new HiveError('wrong_state', why, { details: { agent: name, state: now.state } });
      claims.requireFree(now.name);
      return now;
    },
  };
}
