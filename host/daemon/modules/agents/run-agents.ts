import type { AgentName } from '../../../../protocol/names.ts';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { BoxKeepers } from '../boxes/keepers.ts';
import type { ToolchainVersions } from '../../node/toolchain-version.ts';
import { requireCli } from '../boxes/require-cli.ts';
import { requireEngine } from '../boxes/require-engine.ts';
import type { Turns } from '../turns/serve-turns.ts';
import type { Claims } from './claims.ts';
import type { PendingStops } from './pending-stops.ts';
import { findAgent, setDesired } from './store/agents.ts';
import type { AgentViews } from './view-agents.ts';

export interface AgentControlDeps {
  db: Db;
  writer: Writer;
  events: EventLog;
  turns: Pick<Turns, 'notify' | 'unpark' | 'lift'>;
  runtime: Pick<Runtime, 'ping' | 'hasImage'>;
  keepers: Pick<BoxKeepers, 'of'>;
  claims: Pick<Claims, 'has'>;
  stops: PendingStops;
  views: Pick<AgentViews, 'allow' | 'view'>;
  /** Read again at each call. */
  toolchainVersions: () => ToolchainVersions;
  /** Throws `storage_unavailable` while the remaining disk space is reserved for vital writes. */
  disk: { refuse(): void };
  log: { error: (fields: object, text: string) => void };
}

/**
 * Starts, stops and restarts agents. All throw `unknown_agent`, `wrong_state`, `busy`; operations that need a box,
 * `engine_unavailable`, `image_missing` and `cli_missing` too.
 */
export interface AgentControl {
  start(name: AgentName, by: string): Promise<AgentView>;
  /** Declares an agent stopped and ends its box, on a full disk too (see PendingStops). */
  stop(name: AgentName, by: string): Promise<AgentView>;
  /** Stops an agent by the hive's own decision; `why` is the reason shown to everybody. */
  stopBecause(name: AgentName, why: string): Promise<AgentView>;
  restart(name: AgentName, by: string): Promise<AgentView>;
  /** Declares an agent running within a transaction; its box follows after the commit. No effect on a running one. */
  startIn(tx: Tx, name: AgentName, by: string): void;
  /**
   * Whether an agent exists, is declared running, and was not stopped, even if the disk has not stored the stop yet.
   */
  isWanted(name: AgentName): boolean;
  /** Stores the stops that a full disk did not store. */
  recordStops(): Promise<void>;
}

export function createAgentControl(deps: AgentControlDeps): AgentControl {
  const { db, writer, events, turns, runtime, keepers, claims, stops, views } = deps;

  function declareRunning(tx: Tx, name: AgentName, by: string): void {
    setDesired(tx.db, name, 'running');
    events.append(tx, 'agent.desired', { agent: name, data: { desired: 'running', by } });
    tx.after(() => turns.notify(name));
  }

  async function requireBox({ driver, image }: AgentView['spec']): Promise<void> {
    requireCli(driver, deps.toolchainVersions());
    await requireEngine(runtime, image);
  }

  /** It may begin a turn at once; a pause of the operator's stays. */
  async function release(name: AgentName, by: string): Promise<void> {
    await turns.unpark(name);
    await turns.lift(name, ['stuck'], by);
  }

  async function stop(name: AgentName, by: string, why: string | null): Promise<AgentView> {
    views.allow('stop', name);
    await stops.stop(name, { by, why });
    await keepers.of(name).reconcile();
    return views.view(name);
  }

  return {
    async start(name, by) {
      const now = views.allow('start', name);
      deps.disk.refuse();
      await requireBox(now.spec);
      await stops.record(name);
      await writer.write((tx) => declareRunning(tx, name, by));
      await release(name, by);
      await keepers.of(name).recreate();
      return views.view(name);
    },
    stop: (name, by) => stop(name, by, null),
    stopBecause: (name, why) => stop(name, 'the hive', why),
    async restart(name, by) {
      const now = views.allow('restart', name);
      await requireBox(now.spec);
      await release(name, by);
      await keepers.of(name).recreate();
      return views.view(name);
    },
    startIn(tx, name, by) {
      if (claims.has(name) || findAgent(tx.db, name)?.desired !== 'stopped') return;
      declareRunning(tx, name, by);
      tx.after(() => {
        keepers
          .of(name)
          .recreate()
          .catch((err: unknown) => deps.log.error({ err, agent: name }, 'an agent could not be started'));
      });
    },
    isWanted: (name) => !stops.has(name) && !claims.has(name) && findAgent(db, name)?.desired === 'running',
    recordStops: stops.recordAll,
  };
}
