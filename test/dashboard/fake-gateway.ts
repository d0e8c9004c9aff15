import type { dashboardSurface } from '../../protocol/operations/operator.ts';
import type { OpOutput } from '../../protocol/op.ts';
import type { GatewayMoment, OpenCallView } from '../../protocol/schemas/gateway.ts';
import type { Handlers } from '../../wire/routes.ts';

type Described = OpOutput<(typeof dashboardSurface)['describeGateway']>;
type Model = OpOutput<(typeof dashboardSurface)['listModels']>['models'][number];

/** What the fake hive's gateway does; tests read and change it. */
export interface FakeGateway {
  service: Described['service'];
  moment: GatewayMoment | null;
  lately: Described['lately'];
  models: Model[];
}

export function fakeGateway(agents: number): FakeGateway {
  return {
    service: { name: 'gateway', state: 'running', pid: 4302, restarts: 0, reason: null },
    moment: {
      startedAt: Date.now() - 3_600_000,
      rssBytes: 84_000_000,
      agents,
      connected: [],
      calls: [],
      openCalls: 0,
      held: [],
      limits: 0,
      connections: [],
      openConnections: 0,
    },
    lately: {
      since: Date.now() - 3_600_000,
      calls: 0,
      usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0, unpricedCalls: 0 },
      usdPerHour: 0,
    },
    models: [],
  };
}

/** The fake hive's operations about the gateway. */
export function handleGateway(
  gateway: FakeGateway,
): Pick<Handlers<typeof dashboardSurface, null>, 'describeGateway' | 'listModels'> {
  return {
    describeGateway: () => ({ service: gateway.service, now: gateway.moment, lately: gateway.lately }),
    listModels: () => ({ models: gateway.models }),
  };
}

/** A call under way. */
export function fakeCall(agent: string, more: Partial<OpenCallView> = {}): OpenCallView {
  return {
    agent: agent as never,
    provider: 'anthropic' as never,
    model: 'claude-sonnet-5',
    insteadOf: null,
    startedAt: Date.now() - 12_000,
    usage: { inputTokens: 1_200, outputTokens: 340, cacheReadTokens: 41_000, cacheWriteTokens: 0, costUsd: 0.021 },
    ...more,
  };
}

/** Replaces the open calls, with their number. */
export function setCalls(gateway: FakeGateway, calls: OpenCallView[]): void {
  if (gateway.moment === null) return;
  gateway.moment = {
    ...gateway.moment,
    calls,
    openCalls: calls.length,
    connected: [...new Set(calls.map(({ agent }) => agent))].map((agent) => ({ agent, connections: 1 })),
  };
}
