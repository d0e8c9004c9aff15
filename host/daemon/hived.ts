import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { AgentName } from '../../protocol/names.ts';
import { adminSurface } from '../../protocol/operations/admin.ts';
import { dashboardSurface } from '../../protocol/operations/operator.ts';
import { gatewayReportSurface } from '../../protocol/operations/services.ts';
import type { EventData, EventKind } from '../../protocol/schemas/event.ts';
import { openStore } from '../../store/open-store.ts';
import { listenOnSocket } from '../../wire/listen.ts';
import { serveSurface } from '../../wire/routes.ts';
import { createBroker } from './broker/broker.ts';
import { createHarnessSights } from './broker/harness-status.ts';
import type { TimePassed } from './broker/judge-time.ts';
import { runSweeps } from './broker/sweeps.ts';
import type { Settings } from './config.ts';
import { createEventLog } from './events/event-log.ts';
import { examineHive } from './examine.ts';
import { createActivities } from './fleet/activities.ts';
import { completeSpec } from './fleet/complete-spec.ts';
import { toolchainVersion } from './fleet/toolchain-version.ts';
import { claimInterrupted, resumeDestructions } from './fleet/destroy.ts';
import { createFleet } from './fleet/fleet.ts';
import { agentPlaces, planUsers, prepareAgent, prepareHive } from './fleet/places.ts';
import { seedAgents } from './fleet/seed-agents.ts';
import { createRebuilds } from './fleet/rebuild.ts';
import { lockHive, requirePassage } from './lock.ts';
import { keepProviderKeys } from './providers/provider-keys.ts';
import { createDockerRuntime } from './runtime/docker/docker-runtime.ts';
import { keepEngine } from './runtime/docker/engine-keeper.ts';
import type { BoxStatus } from './runtime/runtime.ts';
import { createServices } from './services/services.ts';
import { serviceSpecs } from './service-specs.ts';
import { createSignIns } from './sign-in/sign-ins.ts';
import { MIGRATIONS } from './store/migrations.ts';
import { agentNames, listAgents } from './store/agents.ts';
import { getMeta, setMeta } from './store/meta.ts';
import { lastSeq } from './store/events.ts';
import { renewAllTurns } from './store/turns.ts';
import { createWriter } from './store/writer.ts';
import { handleAdmin, handleDashboard } from './surfaces/admin-handlers.ts';
import { handleAgents } from './surfaces/agent-handlers.ts';
import { pumpForgeFacts } from './surfaces/forge-facts.ts';
import { createApp, serveAgents } from './surfaces/listen.ts';
import type { OperatorHandlerDeps } from './surfaces/operator-handlers.ts';
import { handleUsage } from './surfaces/usage-handlers.ts';
import { VERSION } from './version.ts';

/** A hive at work. */
export interface Hived {
  /** Ends in order: take no more work, end the services, (with `boxes`) end the boxes, put everything on disk. */
  stop(options: { boxes: boolean; reason: string }): Promise<void>;
}

/**
 * Puts a hive together and starts it. Resolves when its sockets answer and its services were started;
 * throws before anything is changed when the root is taken, of a newer version, or the config is wrong.
 */
export async function startHived(
  settings: Settings,
  deps: { log: FastifyInstance['log']; onShutdown: (options: { boxes: boolean }) => void },
): Promise<Hived> {
  const { config, places, privileged } = settings;
  const { log } = deps;
  const clock = Date.now;
  const stopping = new AbortController();
  const background: Promise<unknown>[] = [];
  const users = planUsers(privileged, config.uids.base);
  const bindingFile = join(places.app, 'better_sqlite3.node');
  const sqliteBinding = existsSync(bindingFile) ? bindingFile : null;

  if (users.separate) requirePassage(places);
  const lock = lockHive(places, sqliteBinding);
  const db = openStore(places.database, MIGRATIONS, { nativeBinding: sqliteBinding });
  await prepareHive(places, users);
  const writer = createWriter(db, {
    onEffectError: (err) => log.error({ err }, 'something that follows a write broke'),
  });
  const events = createEventLog({ db, writer, clock });
  const boot = randomUUID();
  const startedAt = clock();
  const seeded = getMeta(db, 'hive.seeded') !== null;
  const hiveId = getMeta(db, 'hive.id') ?? randomUUID();
  await writer.write((tx) => {
    setMeta(tx.db, 'hive.id', hiveId);
    // Nobody could renew a lease while hived was away.
    renewAllTurns(tx.db, clock() + config.broker.lease_ms);
  });

  const steady = () => performance.now();
  const sights = createHarnessSights(steady);
  const activities = createActivities();
  const providerKeys = keepProviderKeys(places.secrets);
  let hasKey = (await providerKeys.read('anthropic')) !== null;
  const provider = () => (hasKey ? 'anthropic' : 'demo');
  const broker = createBroker(
    { db, writer, events, clock, sights, provider },
    {
      leaseMs: config.broker.lease_ms,
      maxFailures: config.broker.max_failures,
      maxMessages: config.broker.turn_max_messages,
      maxBytes: config.broker.turn_max_bytes,
      warmIdleMs: config.harness.warm_idle_ms,
    },
  );
  const runtime = createDockerRuntime({ socketPath: config.engine.socket, hiveId });
  const services = createServices(serviceSpecs({ config, places, users, sqliteBinding }), {
    now: steady,
    log: (line) => log.info(line),
    onStarted: (data) => void record('service.started', { data }),
    onExited: (data) => void record('service.exited', { data }),
  });

  const agentList = () => listAgents(db).map(({ name, parent }) => ({ name, isManager: parent === null }));
  const fleet = createFleet({
    db,
    writer,
    events,
    broker,
    sights,
    activities,
    runtime,
    places,
    users,
    clock,
    log,
    stopGraceMs: config.rebuild.stop_grace_ms,
    silentMs: config.harness.silent_ms,
    toolchainVersion: () => toolchainVersion(places.toolchain),
    providerOf: provider,
    onAgentsChanged: syncAgents,
  });
  const rebuilds = createRebuilds({
    db,
    writer,
    events,
    broker,
    fleet,
    clock,
    managerWaitMs: config.rebuild.manager_wait_ms,
    onError: (err) => log.error({ err }, 'a rebuild broke'),
  });
  events.subscribe((event) => {
    activities.hear(event);
    rebuilds.hear(event);
  });

  const agentSockets = await serveAgents(
    log,
    handleAgents({ db, writer, events, broker, fleet, clock, maxReminders: config.broker.max_reminders }),
  );

  async function syncAgents(): Promise<void> {
    await agentSockets.sync(
      listAgents(db).map((row) => ({
        name: row.name,
        dir: agentPlaces(places, row.name).hivedDir,
        gid: users.separate ? users.agent(row.id) : undefined,
      })),
    );
    const agents = agentList();
    services.send('gateway', { type: 'agents', agents });
    services.send('forge', { type: 'agents', agents });
  }

  async function tellGateway(): Promise<void> {
    const key = await providerKeys.read('anthropic');
    hasKey = key !== null;
    services.send('gateway', { type: 'provider', provider: 'anthropic', key });
  }

  /** Hears of boxes that start and end; an event stream that broke is opened again for as long as hived lives. */
  function watchBoxes(): void {
    runtime.watch({ onChange: fleet.heed, onLost: () => void watchAgain() }, stopping.signal);
  }

  async function watchAgain(): Promise<void> {
    await delay(1_000, undefined, { signal: stopping.signal }).catch(() => undefined);
    if (stopping.signal.aborted) return;
    watchBoxes();
    await fleet.pokeAll();
  }

  function record<K extends EventKind>(kind: K, event: { agent?: AgentName; data: EventData<K> }): Promise<void> {
    return events.record(kind, event).catch((err: unknown) => log.error({ err, kind }, 'an event could not be stored'));
  }

  const storageTrouble = (err: unknown) => log.error({ err }, 'the fleet could not be looked after');
  const destroy = { db, writer, events, broker, fleet, places, users, clock, onAgentsChanged: syncAgents };
  claimInterrupted(destroy);
  let ready = false;
  const operator: OperatorHandlerDeps = {
    db,
    events,
    broker,
    fleet,
    rebuilds,
    runtime,
    destroy,
    completeSpec: (given) => completeSpec(given, config),
    async status() {
      const engine = await runtime.ping();
      return {
        hiveId,
        version: VERSION,
        boot,
        pid: process.pid,
        startedAt,
        ready,
        engine: engine.ok
          ? { ok: true, version: engine.version, reason: null }
          : { ok: false, version: null, reason: engine.reason },
        services: services.status(),
        dashboardUrl: dashboardUrl(),
        provider: { name: hasKey ? 'anthropic' : 'demo', hasKey },
        agents: agentNames(db).length,
        lastSeq: lastSeq(db),
        rssBytes: process.memoryUsage.rss(),
      };
    },
  };
  const signIns = createSignIns({ db, writer, events, clock });
  const dashboardUrl = () => `http://${config.dashboard.host}:${config.dashboard.port}`;
  const apps = {
    admin: createApp(log),
    dashboard: createApp(log),
    gateway: createApp(log),
  };
  serveSurface(apps.admin, adminSurface, {
    callerOf: () => 'hivectl' as const,
    handlers: handleAdmin({
      ...operator,
      signIns,
      providerKeys,
      dashboardUrl,
      onShutdown: deps.onShutdown,
      examine: () => examineHive({ places, runtime, services, image: config.defaults.image, privileged }),
      async onProviderChanged() {
        await tellGateway();
        // Whoever was parked for want of a login or by the old key's limit may try again.
        await Promise.all(agentNames(db).map((name) => broker.unpark(name)));
      },
    }),
  });
  serveSurface(apps.dashboard, dashboardSurface, {
    callerOf: () => 'dashboard' as const,
    handlers: handleDashboard({ ...operator, signIns }),
  });
  serveSurface(apps.gateway, gatewayReportSurface, {
    callerOf: () => 'gateway' as const,
    handlers: handleUsage({ writer, events }),
  });

  if (!seeded) {
    await seedAgents({ fleet, config, known: new Set(agentNames(db)) });
    await writer.write((tx) => setMeta(tx.db, 'hive.seeded', String(clock())));
  }
  for (const row of listAgents(db)) await prepareAgent(places, users, row);
  await syncAgents();
  await tellGateway();
  const separate = users.separate;
  await listenOnSocket(apps.gateway, places.gatewaySocket, {
    mode: 0o600,
    takeOver: true,
    ...(separate ? { uid: users.gateway } : {}),
  });
  await listenOnSocket(apps.dashboard, places.dashboardSocket, {
    mode: 0o600,
    takeOver: true,
    ...(separate ? { uid: users.dashboard } : {}),
  });
  await listenOnSocket(apps.admin, places.adminSocket, { mode: 0o600, takeOver: true });

  const adopted = (await runtime.list().catch(() => [])).filter((box) => box.state === 'running').length;
  await events.record('hive.started', { data: { version: VERSION, boot, adopted } });

  // Boxes that outlived the last hived are found running and stay as they are.
  watchBoxes();
  const engine = keepEngine(
    {
      runtime,
      socketPath: config.engine.socket,
      mayStart: config.engine.start === 'auto',
      args: config.engine.args,
      logFile: join(places.logs, 'dockerd.log'),
      onLost: (reason) => void record('engine.lost', { data: { reason } }),
      onBack: (awayMs) => {
        void record('engine.back', { data: { awayMs } });
        void fleet.pokeAll();
      },
      log: (line) => log.info(line),
    },
    stopping.signal,
  );
  background.push(engine);
  const sweeping = {
    db,
    writer,
    broker,
    clock,
    steady,
    lookAround: () => void fleet.reviveSilent().then(() => fleet.pokeAll(), storageTrouble),
    onBrokenTime(how: TimePassed) {
      log.warn(how, 'the clock was set, or hived did not run for a while: leases begin anew');
      if (how.kind === 'stalled') sights.listenAnew();
    },
    onError: (err: unknown) => log.error({ err }, 'a sweep broke'),
  };
  background.push(
    resumeDestructions(destroy, {
      signal: stopping.signal,
      onError: (err) => log.error({ err }, 'a destruction could not be ended'),
    }),
    runSweeps(sweeping, stopping.signal),
    pumpForgeFacts({ db, writer, events, socket: places.forgeSocket }, stopping.signal),
    fleet.pokeAll(),
  );
  rebuilds.resume();
  // The dashboard and the like come up while the boxes do; a service that cannot is tried on and said.
  const late = await services.start();
  for (const service of late) log.warn({ service }, 'a service is not ready yet; it is tried on');
  ready = true;
  log.info({ root: places.root, hiveId, boot }, 'the hive is up');

  return {
    async stop({ boxes, reason }) {
      ready = false;
      await record('hive.stopping', { data: { reason } });
      stopping.abort();
      await rebuilds.close();
      fleet.close();
      if (boxes) {
        const running = (await runtime.list().catch(() => [])).filter((box) => box.state === 'running');
        const stopBox = async (box: BoxStatus) => {
          await runtime.stop(box, config.rebuild.stop_grace_ms);
          // No fault of the messages it held: they come back with the hive.
          await broker.releaseOpenTurn(box.agent, 'the hive was stopped');
        };
        for (const end of await Promise.allSettled(running.map(stopBox)))
          if (end.status === 'rejected') log.error({ err: end.reason as unknown }, 'a box could not be stopped');
      }
      await services.stop();
      await Promise.allSettled(background);
      await agentSockets.close();
      await Promise.all(Object.values(apps).map((app) => app.close()));
      await writer.close();
      db.close();
      lock.release();
    },
  };
}
