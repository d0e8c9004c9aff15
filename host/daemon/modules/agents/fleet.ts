import type { AgentName } from '../../../../protocol/names.ts';
import { type BoxKeepers, type BoxKeepersDeps, createBoxKeepers } from '../boxes/keepers.ts';
import type { Turns } from '../turns/serve-turns.ts';
import { type Claims, createClaims } from './claims.ts';
import { createDeclarations, type Declarations, type DeclarationsDeps } from './declare-agents.ts';
import { createPendingStops } from './pending-stops.ts';
import { type AgentControl, type AgentControlDeps, createAgentControl } from './run-agents.ts';
import { type AgentViews, type AgentViewsDeps, createAgentViews } from './view-agents.ts';

/** The parts of a fleet; callers depend on those that they use. */
export interface Fleet {
  claims: Claims;
  keepers: BoxKeepers;
  views: AgentViews;
  declarations: Declarations;
  control: AgentControl;
}

/** The parts that are created from one another. */
type Made = 'claims' | 'stops' | 'keepers' | 'views' | 'isLeaving' | 'isHeld';

export type FleetDeps = Omit<
  AgentViewsDeps & DeclarationsDeps & AgentControlDeps & BoxKeepersDeps & { turns: Turns },
  Made
>;

/** Assembles the parts that act on agents and their boxes. */
export function createFleet(deps: FleetDeps): Fleet {
  const { turns, disk } = deps;
  const claims = createClaims((name) => keepers.reconcileKnown(name));
  const stops = createPendingStops({ ...deps, notify: turns.notify });
  const keepers = createBoxKeepers({
    ...deps,
    isLeaving: claims.has,
    isHeld: (name: AgentName) => stops.has(name) || disk.holdsBoxes() !== null,
  });
  const views = createAgentViews({ ...deps, claims, stops, keepers });
  const declarations = createDeclarations({ ...deps, claims, views, keepers });
  const control = createAgentControl({ ...deps, claims, stops, keepers, views });
  return { claims, keepers, views, declarations, control };
}
