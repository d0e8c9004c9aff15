import type { Log } from '../../system/log.ts';
import type { AgentName } from '../../protocol/names.ts';
import type { EventData, EventKind } from '../../protocol/schemas/event.ts';
import type { GatewayControl } from '../../protocol/schemas/service.ts';
import type { Settings } from './config.ts';
import { createGatewayInstances, type GatewayInstances } from './core/gateway-instances.ts';
import { type BillRequests, createBillRequests } from './modules/money/bill-requests.ts';
import type { Money } from './modules/money/serve-money.ts';
import { recordLostConnections } from './modules/egress/lost-connections.ts';
import { recordLostCalls } from './modules/providers/lost-calls.ts';
import { createEntryStates, type EntryStates } from './modules/providers/entry-states.ts';
import { createGatewayMoments, type GatewayMoments } from './modules/providers/gateway-moments.ts';
import { createProviderTests, type ProviderTests } from './modules/providers/provider-tests.ts';
import type { Core } from './open-core.ts';
import { serviceSpecs } from './service-specs.ts';
import { createServices, type Services } from './services/services.ts';
import type { ServiceStatus } from './services/supervise-service.ts';

/** Stores an event in its own transaction. Never rejects: a failure is logged. */
export type RecordEvent = <K extends EventKind>(
  kind: K,
  event: { agent?: AgentName; data: EventData<K> },
) => Promise<void>;

/**
 * The supervised processes (gateway, forge, dashboard), and the work that hived does when the gateway ends. Not started
 * yet.
 */
export function openServices(
  settings: Settings,
  core: Core,
  deps: {
    log: Log;
    clock: () => number;
    steady: () => number;
    record: RecordEvent;
    money: Pick<Money, 'count' | 'push'>;
    onGatewayEnded: () => void;
  },
): {
  services: Services;
  gatewayInstances: GatewayInstances;
  providerTests: ProviderTests;
  bills: BillRequests;
  entryStates: EntryStates;
  gatewayMoments: GatewayMoments;
  gatewayStatus: () => ServiceStatus;
} {
  const { config, places, proxy, caPem, prices } = settings;
  const { db, vital, events, users, sqliteBinding, hiveId } = core;
  const { log, clock, steady, record, money } = deps;
  const gatewayInstances = createGatewayInstances({
    db,
    writer: vital,
    work: [recordLostCalls({ events, clock, money }), recordLostConnections({ clock })],
    onError: (err) => log.error({ err }, 'calls and connections that ended with their gateway could not be recorded'),
  });
  const gatewayInstance = gatewayInstances.begin;
  const specs = serviceSpecs({ config, places, users, sqliteBinding, hiveId, proxy, caPem, prices, gatewayInstance });
  const services = createServices(specs, {
    now: steady,
    random: Math.random,
    redact: core.secrets.redactText,
    log: (line) => log.info(line),
    onStarted: (data) => void record('service.started', { data }),
    onExited(data) {
      if (data.service === 'gateway') {
        gatewayInstances.end();
        providerTests.gatewayEnded();
        bills.gatewayEnded();
        entryStates.gatewayEnded();
        gatewayMoments.gatewayEnded();
        deps.onGatewayEnded();
      }
      void record('service.exited', { data });
    },
  });
  const gatewayStatus = () => {
    const found = services.status().find(({ name }) => name === 'gateway');
    if (found === undefined) throw new Error('there is no gateway among the services');
    return found;
  };
  const isGatewayRunning = () => gatewayStatus().state === 'running';
  const gateway = {
    send: (line: Exclude<GatewayControl, { type: 'configure' }>) => services.send('gateway', line),
    isGatewayRunning,
  };
  const providerTests = createProviderTests(gateway);
  const bills = createBillRequests(gateway);
  const entryStates = createEntryStates(gateway);
  const gatewayMoments = createGatewayMoments(gateway);
  return { services, gatewayInstances, providerTests, bills, entryStates, gatewayMoments, gatewayStatus };
}
