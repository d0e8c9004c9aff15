import type { AgentName } from '../../../protocol/names.ts';
import type { BoxService } from '../../../protocol/box-paths.ts';

/** A machine that boxes run on. There is one today: where hived runs. */
export type NodeName = 'local';
export const LOCAL_NODE: NodeName = 'local';

/** The files of an account, each mounted alone. */
export type AccountFile = 'passwd' | 'group' | 'gitconfig' | 'bash-env';

/** What a node holds for each agent. */
export type AgentPlaceKind = 'state' | 'harness' | AccountFile | `${BoxService}-sockets`;
/** What a node holds for all of its agents. */
export type SharedPlaceKind = 'shared' | 'toolchain';

/**
 * Names something that lies on a node, without saying where: whoever plans a box, on whatever machine, speaks of
 * places, and the node that holds them turns them into paths (LocalNode.pathOf).
 */
export type Place =
  | { readonly node: NodeName; readonly kind: AgentPlaceKind; readonly agent: AgentName }
  | { readonly node: NodeName; readonly kind: SharedPlaceKind; readonly agent: null };

export function placeOf(agent: AgentName, kind: AgentPlaceKind): Place {
  return { node: LOCAL_NODE, kind, agent };
}

export function sharedPlace(kind: SharedPlaceKind): Place {
  return { node: LOCAL_NODE, kind, agent: null };
}
