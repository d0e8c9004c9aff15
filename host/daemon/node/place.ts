import type { AgentName } from '../../../protocol/names.ts';
import type { BoxService } from '../../../protocol/box-paths.ts';

/** A machine that boxes run on. There is one today: the one where hived runs. */
export type NodeName = 'local';
export const LOCAL_NODE: NodeName = 'local';

/** The account files, each mounted separately. */
export type AccountFile = 'passwd' | 'group' | 'gitconfig' | 'bash-env';

/** The kinds of places that a node has for each agent. */
export type AgentPlaceKind = 'state' | 'harness' | 'secrets' | AccountFile | `${BoxService}-sockets`;
/** The kinds of places that a node has for all of its agents. */
export type SharedPlaceKind = 'shared' | 'toolchain' | 'skills' | 'docs-skills';
/** The kinds of places that a node has for a run of a check. */
export type CheckPlaceKind = 'check-sockets';

/**
 * Names a directory or file on a node without its path: code that plans boxes uses places, and the node that has them
 * turns them into paths (LocalNode.pathOf).
 */
export type Place =
  | { readonly node: NodeName; readonly kind: AgentPlaceKind; readonly agent: AgentName }
  | { readonly node: NodeName; readonly kind: SharedPlaceKind; readonly agent: null }
  | { readonly node: NodeName; readonly kind: CheckPlaceKind; readonly agent: null; readonly run: number };

export function placeOf(agent: AgentName, kind: AgentPlaceKind): Place {
  return { node: LOCAL_NODE, kind, agent };
}

export function sharedPlace(kind: SharedPlaceKind): Place {
  return { node: LOCAL_NODE, kind, agent: null };
}

/** The directory of the forge's socket for a run of a check. */
export function checkSocketPlace(run: number): Place {
  return { node: LOCAL_NODE, kind: 'check-sockets', agent: null, run };
}
