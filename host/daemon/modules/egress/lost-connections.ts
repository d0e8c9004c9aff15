import type { OpenWork } from '../../core/gateway-instances.ts';
import type { Tx } from '../../core/writer.ts';
import { insertConnection } from './store/connections.ts';
import {
  deleteOpenConnection,
  type OpenConnectionRow,
  openConnectionInstances,
  openConnectionsOf,
  openConnectionsOfAgent,
} from './store/open-connections.ts';

/**
 * Connections that are open. One whose gateway dies ended with it: it is recorded without its bytes, which nobody
 * reported.
 */
export function recordLostConnections({ clock }: { clock: () => number }): OpenWork {
  return {
    instances: openConnectionInstances,
    close: (tx, instance) =>
      recordEnds(tx, openConnectionsOf(tx.db, instance), { why: 'gateway_ended', endedAt: clock() }),
  };
}

/** Records the open connections of an agent that is destroyed: a report about an agent that is gone is dropped. */
export function recordLastConnections(tx: Tx, agent: string, endedAt: number): void {
  recordEnds(tx, openConnectionsOfAgent(tx.db, agent), { why: 'agent_destroyed', endedAt });
}

function recordEnds(tx: Tx, open: readonly OpenConnectionRow[], how: { why: string; endedAt: number }): void {
  const ended = { verdict: 'allowed', bytesUp: 0, bytesDown: 0, count: 1, ...how } as const;
  for (const { turn, ...connection } of open) {
    deleteOpenConnection(tx.db, connection.id);
    insertConnection(tx.db, { ...connection, ...ended }, turn);
  }
}
