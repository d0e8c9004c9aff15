import type { AgentName } from '../../../../protocol/names.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import type { EventLog } from '../../core/event-log.ts';
import { isDiskFull } from '../../core/storage-error.ts';
import type { Writer } from '../../core/writer.ts';
import { type AgentRow, findAgent, setDesired, setStoppedWhy } from './store/agents.ts';

/** The stop of an agent, and by whom; `why` is the hive's own reason, shown to everybody. */
export interface Stop {
  by: string;
  why: string | null;
}

/**
 * Stops that a full disk did not store: an agent that fills the disk must end before its stop can be stored. They take
 * effect at once, and are stored when there is space; they are lost when hived dies before that.
 *
 *   requested ── stored ──► stopped
 *     └── disk full ──► pending ── recordAll, once there is space ──► stopped
 */
export interface PendingStops {
  /** Stores a stop, or keeps it pending on a full disk. */
  stop(name: AgentName, stop: Stop): Promise<void>;
  has(name: AgentName): boolean;
  /** Stores the pending stop of this agent, if there is one. Rejects while the disk is full. */
  record(name: AgentName): Promise<void>;
  /** Stores all pending stops. */
  recordAll(): Promise<void>;
  /** An agent's row as if its pending stop were stored. */
  applyTo<T extends Pick<AgentRow, 'name' | 'desired' | 'stoppedWhy'>>(row: T): T;
}

const UNRECORDED = 'the disk has no room to record the stop: it is recorded when there is room';

export function createPendingStops(deps: {
  db: Db;
  writer: Writer;
  events: EventLog;
  memory: AgentMemory;
  /** After the commit: the agent's harness checks again whether it may run. */
  notify: (name: AgentName) => void;
}): PendingStops {
  const { db, writer, events } = deps;
  const pending = deps.memory.keep<Stop, AgentName>('pending stop');

  function store(name: AgentName, { by, why }: Stop): Promise<void> {
    return writer.writeVital((tx) => {
      setDesired(tx.db, name, 'stopped');
      if (why !== null) setStoppedWhy(tx.db, name, why);
      events.append(tx, 'agent.desired', { agent: name, data: { desired: 'stopped', by } });
      tx.after(() => pending.delete(name));
      tx.after(() => deps.notify(name));
    });
  }

  return {
    async stop(name, stop) {
      await store(name, stop).catch((error: unknown) => {
        if (!isDiskFull(error)) throw error;
        pending.set(name, stop);
      });
    },
    has: (name) => pending.has(name),
    async record(name) {
      const stop = pending.get(name);
      if (stop !== undefined) await store(name, stop);
    },
    async recordAll() {
      for (const [name, stop] of pending)
        if (findAgent(db, name) === null) pending.delete(name);
        else await store(name, stop);
    },
    applyTo(row) {
      const stop = pending.get(row.name);
      return stop === undefined ? row : { ...row, desired: 'stopped', stoppedWhy: stop.why ?? UNRECORDED };
    },
  };
}
