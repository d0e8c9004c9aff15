import type { Db } from '../../../../store/open-store.ts';
import type { Module } from '../../core/module.ts';
import type { Config } from '../../config/schema.ts';
import type { Fleet } from '../agents/fleet.ts';
import { handleTurns } from './handlers.ts';
import type { HarnessWatch } from './harness-watch.ts';
import type { Turns } from './serve-turns.ts';
import type { Starts } from './starts.ts';
import { deleteSpoolsOf } from './store/spools.ts';
import { pruneTurns } from './store/turns.ts';

/** Events after which an agent's CLI is not starting any more. */
const ENDS_START: ReadonlySet<string> = new Set(['cli.started', 'turn.finished']);

/** Turns, leases and the harness's protocol. */
export function turnsModule(deps: {
  db: Db;
  clock: () => number;
  turns: Turns;
  harnesses: HarnessWatch;
  starts: Starts;
  fleet: Pick<Fleet, 'views'>;
  retention: Config['retention'];
}) {
  const { turns, harnesses, starts, retention } = deps;
  return {
    name: 'turns',
    handlers: handleTurns(deps),
    onAgentRetired: (tx, { name }) => deleteSpoolsOf(tx.db, name),
    nextDueAt: turns.nextDueAt,
    fireDue: turns.expireLeases,
    tidy: () => starts.tidy(),
    onEvent({ kind, agent }) {
      if (agent === null) return;
      if (kind === 'harness.hello') starts.anew(agent);
      else if (ENDS_START.has(kind)) starts.over(agent);
    },
    onBrokenTime(how) {
      turns.oweRenewal();
      if (how.kind === 'stalled') harnesses.listenAnew();
    },
    retention: [{ days: retention.events_days, again: true, step: (tx, look) => pruneTurns(tx.db, look) }],
  } satisfies Module;
}
