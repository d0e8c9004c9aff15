import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { type AgentName, MANAGER } from '../../protocol/names.ts';
import type { EventData, EventKind } from '../../protocol/schemas/event.ts';
import { openStore } from '../../store/open-store.ts';
import { createMail } from './modules/mail/serve-mail.ts';
import { createHarnessSights } from './modules/turns/harness-status.ts';
import { mailLimits } from './modules/mail/mail-limits.ts';
import { createTurns } from './modules/turns/serve-turns.ts';
import { turnLimits } from './modules/turns/turn-limits.ts';
import { createWaiters } from './modules/turns/waiters.ts';
import { createTopics } from './modules/topics/serve-topics.ts';
import { agentsModule } from './modules/agents/module.ts';
import { boxesModule } from './modules/boxes/module.ts';
import { hiveModule } from './modules/hive/module.ts';
import { providersModule } from './modules/providers/module.ts';
import { turnsModule } from './modules/turns/module.ts';
import { composeHandlers } from './core/compose-handlers.ts';
import type { Module } from './core/module.ts';
import { diskModule } from './modules/disk/module.ts';
import { filesModule } from './modules/files/module.ts';
import { describeHive } from './modules/hive/describe-hive.ts';
import { loopsModule } from './modules/loops/module.ts';
import { mailModule } from './modules/mail/module.ts';
import { operatorsModule } from './modules/operators/module.ts';
import { questionsModule } from './modules/questions/module.ts';
import { createSearchIndex } from './modules/search/index-search.ts';
import { searchModule } from './modules/search/module.ts';
import { timersModule } from './modules/timers/module.ts';
import { topicsModule } from './modules/topics/module.ts';
import type { Settings } from './config.ts';
import { createDiskActions } from './modules/disk/disk-actions.ts';
import { openDisk } from './modules/disk/open-disk.ts';
import { createEventLog } from './core/event-log.ts';
import { examineHive } from './examine.ts';
import { createActivities } from './modules/agents/activities.ts';
import { completeSpec } from './modules/agents/complete-spec.ts';
import { claimInterrupted } from './modules/agents/destroy.ts';
import { createFleet } from './modules/agents/fleet.ts';
import { createLocalNode } from './node/local-node.ts';
import { planUsers } from './node/users.ts';
import { prepareHive } from './prepare-hive.ts';
import { createNotes } from './modules/agents/notes.ts';
import { seedAgents } from './modules/agents/seed-agents.ts';
import { createRebuilds } from './modules/boxes/rebuild.ts';
import { lockHive, requirePassage } from './lock.ts';
import { keepProviderKeys } from './modules/providers/provider-keys.ts';
import { createKnownLimits } from './modules/providers/known-limits.ts';
import { createOpenCalls } from './modules/providers/open-calls.ts';
import { createProviderState } from './modules/providers/provider-state.ts';
import { createProviderTests } from './modules/providers/provider-tests.ts';
import { createDockerRuntime } from './runtime/docker/docker-runtime.ts';
import type { BoxStatus } from './runtime/runtime.ts';
import { requireConfinement } from './services/require-confinement.ts';
import { createServices } from './services/services.ts';
import { SERVICE_ENV, serviceSpecs } from './service-specs.ts';
import { createSignIns } from './modules/operators/sign-ins.ts';
import { MIGRATIONS } from './core/store/migrations.ts';
import { agentNames, listAgents, settleUsers } from './modules/agents/queries.ts';
import { getMeta, setMeta } from './core/store/meta.ts';
import { newestEventAt } from './core/store/events.ts';
import { renewAllTurns } from './modules/turns/queries.ts';
import { isDiskFull, storageError, withRoom } from './core/storage-error.ts';
import { createWriter, type Writer } from './core/writer.ts';
import { startBackground } from './background.ts';
import { openMailParts } from './open-mail-parts.ts';
import { openSurfaces } from './surfaces/open-surfaces.ts';
import { serveAgents } from './surfaces/listen.ts';
import { PROVIDER_NAMES } from '../../protocol/providers.ts';
import { VERSION } from '../../protocol/version.ts';

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
  const { config, places, privileged, proxy, caPem } = settings;
  const { log } = deps;
  const clock = Date.now;
  const stopping = new AbortController();
  const users = planUsers(privileged, config.uids.base);
  const node = createLocalNode({
    dirs: places.node,
    users,
    onLeft: (err) => log.warn({ err }, 'files of an agent that is gone could not be deleted; they are tried again'),
  });
  const bindingFile = join(places.app, 'better_sqlite3.node');
  const sqliteBinding = existsSync(bindingFile) ? bindingFile : null;

  if (users.separate) {
    requirePassage(places);
    await requireConfinement({ uid: users.gateway, gid: users.gateway, env: SERVICE_ENV });
  }
  const lock = lockHive(places, sqliteBinding);
  const disk = await openDisk({
    config,
    places,
    node,
    users,
    clock,
    agents: () => listAgents(db),
    onError: (err) => log.error({ err }, 'the disk could not be looked after'),
  });
  const openIt = () => openStore(places.database, MIGRATIONS, { nativeBinding: sqliteBinding });
  const db = openOrRelease(() => onceMore(disk.makeRoom, openIt), lock);
  openOrRelease(() => settleUsers(db, config.uids.base), lock);
  await withRoom(disk.makeRoom, () => prepareHive(places, users));
  const { sharedAcl } = await withRoom(disk.makeRoom, node.prepare);
  if (!sharedAcl)
    log.warn('/shared has no default ACL (no setfacl, or a file system without ACLs): files there depend on the umask');
  const writer = createWriter(db, {
    makeRoom: disk.makeRoom,
    onEffectError: (err) => log.error({ err }, 'something that follows a write broke'),
  });
  const events = createEventLog({
    db,
    writer,
    clock,
    onListenerError: (err) => log.error({ err }, 'a listener of events broke'),
  });
  const boot = randomUUID();
  const startedAt = clock();
  const seeded = getMeta(db, 'hive.seeded') !== null;
  const hiveId = getMeta(db, 'hive.id') ?? randomUUID();
  /** For rooms whose every word must be kept on a full disk, too. */
  const vital: Writer = { ...writer, write: writer.writeVital };
  const begun = vital.write((tx) => {
    setMeta(tx.db, 'hive.id', hiveId);
    // Nobody could renew a lease while hived was away.
    renewAllTurns(tx.db, clock() + config.broker.lease_ms);
  });
  const renewed = await unlessFull(begun);
  if (!renewed && getMeta(db, 'hive.id') === null) await begun;

  const steady = () => performance.now();
  const sights = createHarnessSights(steady);
  const activities = createActivities();
  const providerKeys = keepProviderKeys(places.secrets);
  const providers = await createProviderState({
    db,
    writer: vital,
    events,
    clock,
    keys: providerKeys,
    defaultProvider: config.defaults.provider,
  });
  const limits = createKnownLimits();
  /** Filled below, in the order in which modules build on each other; looped over from then on. */
  const modules: Module[] = [];
  const waiters = createWaiters();
  const mail = createMail(
    {
      db,
      writer,
      events,
      clock,
      onQueued: waiters.notify,
      refuse: disk.refuse,
      troubleOf: (name) => fleet.troubleOf(name),
    },
    mailLimits(config),
  );
  const turns = createTurns(
    { db, writer, mail, waiters, sights, providers: { ...providers, ...limits }, disk },
    turnLimits(config),
  );
  providers.use({ mail, turns });
  if (!renewed) turns.oweRenewal();
  const runtime = createDockerRuntime({ socketPath: config.engine.socket, hiveId, pathOf: node.pathOf });
  const openCalls = createOpenCalls({
    db,
    writer: vital,
    events,
    clock,
    onError: (err) => log.error({ err }, 'calls that ended with their gateway could not be recorded'),
  });
  const gatewayInstance = openCalls.beginInstance;
  const specs = serviceSpecs({ config, places, users, sqliteBinding, hiveId, proxy, caPem, gatewayInstance });
  const services = createServices(specs, {
    now: steady,
    random: Math.random,
    log: (line) => log.info(line),
    onStarted: (data) => void record('service.started', { data }),
    onExited(data) {
      if (data.service === 'gateway') {
        openCalls.endInstance();
        providerTests.gatewayEnded();
      }
      void record('service.exited', { data });
    },
  });

  const providerTests = createProviderTests({
    send: (line) => services.send('gateway', line),
    isGatewayRunning: () => services.status().some((one) => one.name === 'gateway' && one.state === 'running'),
  });

  const fleet = createFleet({
    db,
    disk,
    writer,
    events,
    turns,
    modules,
    sights,
    activities,
    runtime,
    node,
    users,
    clock,
    log,
    stopGraceMs: config.rebuild.stop_grace_ms,
    silentMs: config.harness.silent_ms,
    toolchainVersions: node.toolchainVersions,
    timeZone: config.defaults.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    answererOf: providers.answers,
    onAgentsChanged: syncAgents,
  });
  const rebuilds = createRebuilds({
    db,
    writer: vital,
    events,
    mail,
    turns,
    fleet,
    clock,
    managerWaitMs: config.rebuild.manager_wait_ms,
    onError: (err) => log.error({ err }, 'a rebuild broke'),
  });
  const destroy = { db, writer: vital, events, modules, fleet, backups: places.backups, node, clock };
  claimInterrupted(destroy);
  let ready = false;
  const dashboardUrl = `http://${config.dashboard.host}:${config.dashboard.port}`;
  const { retention } = config;
  const mailbox = await openMailParts({
    db,
    writer,
    mail,
    config,
    places,
    refuse: disk.refuse,
    startAgent: (tx, name) => fleet.startIn(tx, name, 'schedule'),
  });
  const list = [
    agentsModule({
      db,
      fleet,
      activities,
      destroy,
      notes: createNotes({ writer, events }),
      completeSpec: (given) => completeSpec(given, config),
    }),
    hiveModule({
      db,
      events,
      retention,
      onShutdown: deps.onShutdown,
      status: () =>
        describeHive({
          hive: {
            hiveId,
            boot,
            startedAt,
            ready,
            root: places.root,
            dashboardUrl,
            defaultProvider: config.defaults.provider,
          },
          db,
          runtime,
          services,
          providers,
          disk,
        }),
      examine: () =>
        examineHive({
          places,
          node,
          runtime,
          services,
          disk,
          image: config.defaults.image,
          privileged,
          agents: () => fleet.viewAll(),
          now: clock,
          newestEventAt: () => newestEventAt(db),
          providers: () => providers.inUse().map((name) => ({ provider: name, view: providers.view(name) })),
          defaultProvider: config.defaults.provider,
          testProvider: providerTests.run,
          proxy,
        }),
    }),
    boxesModule({ clock, trash: node.trash, rebuilds, fleet, runtime, retention }),
    turnsModule({ db, clock, turns, sights, fleet, retention }),
    mailModule({ db, writer, mail, modules, retention }),
    questionsModule({ db, writer, mail }),
    loopsModule({ mail }),
    topicsModule({ db, topics: createTopics({ writer, mail }) }),
    filesModule(mailbox),
    searchModule({ db, search: createSearchIndex({ db, writer }) }),
    timersModule({ ...mailbox.timers, retention }),
    providersModule({
      writer,
      events,
      providers,
      providerKeys,
      providerTests,
      limits,
      retention,
      makeRoom: disk.makeRoom,
      async onProviderChanged(provider) {
        services.send('gateway', await providers.renew(provider, { keyChanged: true }));
        // Whoever was parked for want of a login or by the old key's limit may try again.
        await providers.unpark(provider);
      },
    }),
    operatorsModule({ signIns: createSignIns({ db, writer: vital, events, clock }), dashboardUrl }),
    diskModule({ disk }),
    // Its sockets close before its files go.
    { name: 'agent-doors', forgetAgent: () => syncAgents() },
  ] as const;
  modules.push(...list);
  for (const module of modules) events.subscribe((event) => module.hear?.(event));
  const handlers = composeHandlers(list);

  const agentSockets = await serveAgents(log, handlers.agent, {
    list: () =>
      listAgents(db).map((row) => ({
        name: row.name,
        path: node.socketOf(row.name, 'hived'),
        gid: users.separate ? users.agent(row.id) : undefined,
      })),
  });

  /** Throws when the socket of the agent that is named cannot be opened; that of another is only logged. */
  async function syncAgents(concerned?: AgentName): Promise<void> {
    const failed = await agentSockets.sync();
    for (const [agent, err] of failed) log.error({ err, agent }, "an agent's socket could not be opened");
    services.send('gateway', {
      type: 'agents',
      agents: listAgents(db).map(({ name, spec }) => ({
        name,
        socket: node.socketOf(name, 'gateway'),
        provider: providers.of(spec),
      })),
    });
    services.send('forge', {
      type: 'agents',
      agents: agentNames(db).map((name) => ({
        name,
        isManager: name === MANAGER,
        socket: node.socketOf(name, 'forge'),
      })),
    });
    if (concerned !== undefined && failed.has(concerned)) throw failed.get(concerned);
  }

  function record<K extends EventKind>(kind: K, event: { agent?: AgentName; data: EventData<K> }): Promise<void> {
    return events.record(kind, event).catch((err: unknown) => log.error({ err, kind }, 'an event could not be stored'));
  }

  const surfaces = openSurfaces({ log, places, users }, handlers);

  if (!seeded) {
    await seedAgents({ fleet, config, known: new Set(agentNames(db)) });
    await writer.write((tx) => setMeta(tx.db, 'hive.seeded', String(clock())));
  }
  disk.actWith(
    createDiskActions({
      mail,
      turns,
      events,
      fleet,
      writer: vital,
      agents: () => agentNames(db),
    }),
  );
  // A box that fills the disk ends before anything here needs room.
  await disk.look();
  for (const row of listAgents(db))
    await withRoom(disk.makeRoom, () => node.prepareAgent({ ...row, pids: row.spec.limits.pids }));
  await syncAgents();
  for (const name of PROVIDER_NAMES) services.send('gateway', await providers.renew(name, { keyChanged: false }));
  await surfaces.listen();

  const adopted = (await runtime.list().catch(() => [])).filter((box) => box.state === 'running').length;
  const started = await unlessFull(events.record('hive.started', { data: { version: VERSION, boot, adopted } }));
  if (!started) log.warn('the disk is full: that the hive started is not in the event log');

  const work = startBackground(
    {
      db,
      writer,
      events,
      mail,
      modules,
      fleet,
      runtime,
      destroy,
      trash: node.trash,
      config,
      places,
      clock,
      steady,
      log,
      record,
    },
    stopping.signal,
  );
  const watching = Promise.all([disk.run(stopping.signal), openCalls.countLeft(stopping.signal)]);
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
          await turns.releaseOpenTurn(box.agent, 'the hive was stopped');
        };
        for (const end of await Promise.allSettled(running.map(stopBox)))
          if (end.status === 'rejected') log.error({ err: end.reason as unknown }, 'a box could not be stopped');
      }
      await services.stop();
      await work;
      await watching;
      await agentSockets.close();
      await surfaces.close();
      await writer.close();
      db.close();
      lock.release();
    },
  };
}

/** Whether it was written. A hive that has an identity already starts on a disk that takes nothing more. */
async function unlessFull(written: Promise<unknown>): Promise<boolean> {
  try {
    await written;
    return true;
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    return false;
  }
}

/** Opens what a full disk may have no room for, once more when the reserve gave some. */
function onceMore<T>(makeRoom: () => boolean, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (!isDiskFull(error) || !makeRoom()) throw storageError(error);
    return open();
  }
}

/** A root that is refused is left without the lock's journal, too. */
function openOrRelease<T>(open: () => T, lock: { release: () => void }): T {
  try {
    return open();
  } catch (error) {
    lock.release();
    throw error;
  }
}
