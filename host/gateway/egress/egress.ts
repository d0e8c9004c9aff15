import type { EgressCaller, EgressRule } from '../../../protocol/egress.ts';
import { HIVE } from '../../../protocol/hive-caller.ts';
import type { AgentName } from '../../../protocol/names.ts';
import type { NetworkAccess } from '../../../protocol/proxy.ts';
import type { ConnectionStart, EgressRecord } from '../../../protocol/schemas/egress.ts';
import type { GatewayControl } from '../../../protocol/schemas/service.ts';
import type { Log } from '../../../system/log.ts';
import { createAgentSockets } from '../agent-sockets.ts';
import { createReports } from '../reports/reports.ts';
import type { Ask } from './ask-operator.ts';
import { classifyHere, createDial, resolveName } from './dial.ts';
import { createEgressRules } from './egress-rules.ts';
import { createEgressServer } from './egress-server.ts';
import { createInjections } from './injections.ts';
import { limitAsks } from './limit-asks.ts';
import { createRefusalMerger } from './merge-refusals.ts';
import { EGRESS_LIMITS } from './open-connection.ts';
import { createOpenConnections, type OpenConnections } from './open-connections.ts';
import { createTraffic, type TrafficDeps } from './traffic.ts';

/** The way of agents, and of the hive itself, to allowed hosts: an HTTP proxy on a socket of each. */
export interface Egress {
  setQuotas(line: Extract<GatewayControl, { type: 'quotas' }>): void;
  setInjections(line: Extract<GatewayControl, { type: 'injections' }>): void;
  setRules(agents: readonly { name: EgressCaller; rules: readonly EgressRule[] }[]): void;
  replaceAgents(agents: readonly { name: EgressCaller; socket: string }[]): Promise<void>;
  /** The agents served, with the connections of their boxes. */
  connections(): ReadonlyMap<EgressCaller, number>;
  /** The connections to hosts that are open. */
  readonly open: Pick<OpenConnections, 'count' | 'list'>;
  /** Accepts nothing more, and ends open connections after `ms`. */
  drain(ms: number): Promise<void>;
  /** Waits at most `waitMs` until hived has every record and sum; returns the number that it does not have. */
  flush(waitMs: number): Promise<number>;
  close(): void;
}

/** A connection that was made, or one that ended or was refused. */
export type EgressReport = { readonly started: ConnectionStart } | { readonly ended: EgressRecord };

/** Refusals are collected this long. */
const MOMENT_MS = 1_000;

export function createEgress(deps: {
  readonly network: NetworkAccess;
  readonly send: (reports: EgressReport[], signal: AbortSignal) => Promise<unknown>;
  readonly instance: string;
  readonly sendTraffic: TrafficDeps['send'];
  /** Asks the operator for an agent. The hive itself is refused what no rule allows. */
  readonly ask: (about: Parameters<Ask>[0] & { agent: AgentName }) => ReturnType<Ask>;
  readonly capacity: number;
  readonly now: () => number;
  readonly newId: () => string;
  readonly log: Log;
}): Egress {
  const { network, log, now, newId } = deps;
  const { ask, forgetOthers } = limitAsks(
    ({ agent, ...about }) =>
      agent === HIVE ? Promise.resolve({ approval: null, waitMs: 0 }) : deps.ask({ agent, ...about }),
    now,
  );
  const rules = createEgressRules();
  const open = createOpenConnections();
  const injections = createInjections();
  const reports = createReports<EgressReport>(deps);
  const merger = createRefusalMerger({
    pass: (record) => reports.add({ ended: record }),
    later: (flush) => void setTimeout(flush, MOMENT_MS).unref(),
  });
  const limits = EGRESS_LIMITS;
  const traffic = createTraffic({ instance: deps.instance, send: deps.sendTraffic, log });
  const dial = createDial({ resolve: resolveName, kindOf: classifyHere, network, connectMs: limits.connectMs });
  const sockets = createAgentSockets<EgressCaller>(log, (name) => {
    const proxy = createEgressServer(name, {
      rules,
      dial,
      ask,
      open,
      limits,
      traffic,
      injections,
      now,
      newId,
      log,
      begin: (start) => reports.add({ started: start }),
      end: (record) => reports.add({ ended: record }),
      refuse: merger.add,
    });
    return { ...proxy, listener: proxy.server };
  });
  return {
    setQuotas: traffic.replace,
    setInjections: injections.replace,
    setRules: rules.set,
    open,
    replaceAgents(agents) {
      const names = new Set(agents.map(({ name }) => name));
      forgetOthers(names);
      traffic.keepAgents(names);
      return sockets.replace(agents);
    },
    connections: sockets.connections,
    drain: sockets.drain,
    async flush(waitMs) {
      merger.flush();
      const [records, sums] = await Promise.all([reports.flush(waitMs), traffic.flush(waitMs)]);
      return records + sums;
    },
    close() {
      reports.close();
      traffic.close();
    },
  };
}
