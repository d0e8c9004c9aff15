import type { AgentName } from '../../protocol/names.ts';
import { type GatewayMoment, MOST_LISTED } from '../../protocol/schemas/gateway.ts';
import { shorten } from '../../system/text/cut-text.ts';
import type { AgentSockets } from './agent-sockets.ts';
import type { Egress } from './egress/egress.ts';
import type { Holds } from './holds.ts';
import type { OpenCalls } from './open-calls.ts';

const MAX_NAME_CHARS = 200;

/** What the gateway does now. It asks nobody and changes nothing; its lists are bounded. */
export function describeMoment(of: {
  startedAt: number;
  models: Pick<AgentSockets<AgentName>, 'connections'>;
  egress: Pick<Egress, 'open' | 'connections'>;
  openCalls: Pick<OpenCalls, 'count' | 'list'>;
  holds: Pick<Holds, 'list'>;
}): GatewayMoment {
  const { models, egress, openCalls, holds } = of;
  const served = models.connections();
  const outside = egress.connections();
  const connected = [...served].map(([agent, count]) => ({ agent, connections: count + (outside.get(agent) ?? 0) }));
  const held = holds.list();
  return {
    startedAt: of.startedAt,
    rssBytes: process.memoryUsage.rss(),
    agents: served.size,
    connected: connected.filter(({ connections }) => connections > 0),
    calls: openCalls.list(MOST_LISTED),
    openCalls: openCalls.count(),
    held: held.slice(0, MOST_LISTED).map(({ provider, account, models: shared, kind, until }) => ({
      provider,
      key: account,
      models: shared === '' ? null : shorten(shared, MAX_NAME_CHARS),
      kind,
      until,
    })),
    limits: held.length,
    connections: egress.open.list(MOST_LISTED),
    openConnections: egress.open.count(),
  };
}
