import type { Module } from '../../core/module.ts';
import { pruneByAge } from '../../core/retention.ts';
import type { Config } from '../../config/schema.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Fleet } from '../agents/fleet.ts';
import { handleBoxes } from './handlers.ts';
import type { Rebuilds } from './rebuild.ts';
import { endIntent, openIntents, pruneIntents } from './store/intents.ts';
import type { Trash } from '../../node/trash.ts';

/** Boxes, their directories, and their desired state. */
export function boxesModule(deps: {
  clock: () => number;
  trash: Pick<Trash, 'take' | 'keepEmpty'>;
  rebuilds: Pick<Rebuilds, 'onEvent' | 'rebuild' | 'rebuildAll'>;
  fleet: Pick<Fleet, 'views' | 'keepers'>;
  runtime: Pick<Runtime, 'logs'>;
  retention: Config['retention'];
  /** Replaces secrets in a line of a box's output. */
  redact: (line: string) => string;
}) {
  const { clock, trash, rebuilds, retention } = deps;
  return {
    name: 'boxes',
    handlers: handleBoxes(deps),
    onAgentRetired(tx, { name, reason }) {
      for (const { id } of openIntents(tx.db, 'rebuild', name)) endIntent(tx.db, id, { at: clock(), result: reason });
    },
    forgetAgent: trash.take,
    retention: [pruneByAge(retention.events_days, (tx, look) => pruneIntents(tx.db, look))],
    onEvent: rebuilds.onEvent,
    run: trash.keepEmpty,
  } satisfies Module;
}
