import type { Log } from '../../system/log.ts';
import { setMaxListeners } from 'node:events';
import { type AgentName, MANAGER } from '../../protocol/names.ts';
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
import { forgeFactsModule } from './modules/forge-facts/module.ts';
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
import { examineHive } from './examine.ts';
import { createActivities } from './modules/agents/activities.ts';
import { completeSpec } from './modules/agents/complete-spec.ts';
import { claimInterrupted } from './modules/agents/destroy.ts';
import { createFleet } from './modules/agents/fleet.ts';
import { createNotes } from './modules/agents/notes.ts';
import { seedAgents } from './modules/agents/seed-agents.ts';
import { createRebuilds } from './modules/boxes/rebuild.ts';
import { keepProviderKeys } from './modules/providers/provider-keys.ts';
import { createKnownLimits } from './modules/providers/known-limits.ts';
import { createProviderState } from './modules/providers/provider-state.ts';
import { createDockerRuntime } from './runtime/docker/docker-runtime.ts';
import type { BoxStatus } from './runtime/runtime.ts';
import { createSignIns } from './modules/operators/sign-ins.ts';
import { agentNames, listAgents } from './modules/agents/queries.ts';
import { setMeta } from './core/store/meta.ts';
import { newestEventAt } from './core/store/events.ts';
import { withRoom } from './core/storage-error.ts';
import { openCore, unlessFull } from './open-core.ts';
import { openServices, type RecordEvent } from './open-services.ts';
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
  deps: { log: Log; onShutdown: (options: { boxes: boolean }) => void },
): Promise<Hived> {
  const { config, places, privileged, proxy } = settings;
  const { log } = deps;
  const clock = Date.now;
  const stopping = new AbortController();
  // Each of the background works waits with it.
  setMaxListeners(0, stopping.signal);
  const core = await openCore(settings, { log, clock });
  const { users, node, disk, db, writer, vital, events, memory, hiveId, boot, startedAt } = core;

  const record: RecordEvent = (kind, event) =>
    events.record(kind, event).catch((err: unknown) => log.error({ err, kind }, 'an event could not be stored'));
  const steady = () => performance.now();
  const sights = createHarnessSights(steady, memory);
  const activities = createActivities(memory);
  const providerKeys = keepProviderKeys(places.secrets);
  const providers = await createProviderState({
    db,
    writer: vital,
    events,
    clock,
    keys: providerKeys,
    defaultProvider: config.defaults.provider,
  });
  const limits = createKnownLimits(memory);
  /** Filled below, in the order in which modules build on each other; looped over from then on. */
  const modules: Module[] = [];
  const waiters = createWaiters(memory);
  const mail = createMail(
    {
      db,
      writer,
      memory,
      events,
      clock,
      onQueued: waiters.notify,
      refuse: disk.refuse,
      troubleOf: (name) => fleet.views.troubleOf(name),
    },
    mailLimits(config),
  );
  const turns = createTurns(
    { db, writer, memory, mail, waiters, sights, providers: { ...providers, ...limits }, disk },
    turnLimits(config),
  );
  providers.use({ mail, turns });
  if (!core.isRenewed) turns.oweRenewal();
  const runtime = createDockerRuntime({ socketPath: config.engine.socket, hiveId, pathOf: node.pathOf });
  const { services, openCalls, providerTests } = openServices(settings, core, { log, clock, steady, record });
  const fleet = createFleet({
    db,
    disk,
    writer,
    events,
    turns,
    modules,
    memory,
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
    runtime,
    clock,
    managerWaitMs: config.rebuild.manager_wait_ms,
    onError: (err) => log.error({ err }, 'a rebuild broke'),
  });
  const destroy = { db, writer: vital, events, modules, memory, fleet, runtime, backups: places.backups, node, clock };
  claimInterrupted(destroy);
  let ready = false;
  const dashboardUrl = `http://${config.dashboard.host}:${config.dashboard.port}`;
  const { retention } = config;
  const mailbox = await openMailParts({
    db,
    writer,
    memory,
    mail,
    config,
    places,
    refuse: disk.refuse,
    startAgent: (tx, name) => fleet.control.startIn(tx, name, 'schedule'),
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
          agents: () => fleet.views.viewAll(),
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
      db,
      writer,
      events,
      providers,
      providerKeys,
      providerTests,
      limits,
      openCalls,
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
    forgeFactsModule({ db, writer, mail, socket: places.forgeSocket }),
    // Its sockets close before its files go.
    { name: 'agent-doors', forgetAgent: () => syncAgents() },
  ] as const;
  modules.push(...list);
  for (const module of modules) events.subscribe((event) => module.hear?.(event));
  const handlers = composeHandlers(list);

  const agentSockets = await serveAgents(log, handlers.agent, {
    memory,
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

  const surfaces = openSurfaces({ log, places, users }, handlers);

  if (!core.isSeeded) {
    await seedAgents({ declarations: fleet.declarations, config, known: new Set(agentNames(db)) });
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
    { writer, modules, keepers: fleet.keepers, runtime, config, places, clock, steady, log, record },
    stopping.signal,
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
      fleet.keepers.close();
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
      await agentSockets.close();
      await surfaces.close();
      await core.close();
    },
  };
}
