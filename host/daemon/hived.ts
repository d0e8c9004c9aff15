import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import type { AgentName } from '../../protocol/names.ts';
import { VERSION } from '../../protocol/version.ts';
import type { Log } from '../../system/log.ts';
import type { NamedSecret } from '../../system/redact/redactor.ts';
import { createReleasers, type Releasers } from '../../system/releasers.ts';
import { type AgentDoors, openAgentDoors } from './agent-doors.ts';
import { startBackground } from './background.ts';
import type { Settings } from './config.ts';
import { cleanInput } from './core/clean-input.ts';
import { composeHandlers } from './core/compose-handlers.ts';
import type { KnownSecrets } from './core/known-secrets.ts';
import { withRoom } from './core/storage-error.ts';
import { setMeta } from './core/store/meta.ts';
import { listModules } from './list-modules.ts';
import { markChangedModels } from './modules/agents/mark-changed-models.ts';
import { agentNames, listAgents } from './modules/agents/queries.ts';
import { seedAgents } from './modules/agents/seed-agents.ts';
import { createDiskActions } from './modules/disk/disk-actions.ts';
import { type Core, openCore, unlessFull } from './open-core.ts';
import { openParts, type Parts } from './open-parts.ts';
import type { RecordEvent } from './open-services.ts';
import type { BoxStatus } from './runtime/runtime.ts';
import { createSecretSearch } from './services/secret-search.ts';
import { openSurfaces } from './surfaces/open-surfaces.ts';

/** A running hive. */
export interface Hived {
  /** Ends in order: take no more work, (with `boxes`) end the boxes, end the services, put everything on disk. */
  stop(options: { boxes: boolean; reason: string }): Promise<void>;
}

/** How to end a hive. */
interface End {
  boxes: boolean;
}

export interface HivedDeps {
  log: Log;
  secrets: KnownSecrets;
  onShutdown: (options: { boxes: boolean }) => void;
}

/**
 * Assembles and starts a hive. Resolves when its sockets answer and its services were started; throws before anything
 * is changed when the root is taken, of a newer version, or the config is invalid. A start that fails releases
 * everything it had opened.
 */
export async function startHived(settings: Settings, deps: HivedDeps): Promise<Hived> {
  const opened = createReleasers<End>((err, part) => deps.log.error({ err, part }, 'a part could not be released'));
  try {
    return await openHive(settings, deps, opened);
  } catch (error) {
    await opened.releaseAll({ boxes: false });
    throw error;
  }
}

async function openHive(settings: Settings, deps: HivedDeps, opened: Releasers<End>): Promise<Hived> {
  const { config, places } = settings;
  const { log, secrets } = deps;
  const clock = Date.now;
  const core = await openCore(settings, { log, clock, opened, secrets });
  const { users, writer, events, hiveId, boot } = core;
  const record: RecordEvent = (kind, event) =>
    events.record(kind, event).catch((err: unknown) => log.error({ err, kind }, 'an event could not be stored'));

  secrets.learn('proxy', passwordsOf(settings.proxy));

  let isReady = false;
  // Opened once there are handlers, before any agent can be created or destroyed.
  let doors: AgentDoors | null = null;
  const syncAgents = (concerned?: AgentName) => doors?.sync(concerned) ?? Promise.resolve();
  const parts = await openParts(settings, core, { log, clock, record, onAgentsChanged: syncAgents });
  const { modules, services, fleet, rebuilds, runtime } = parts;
  const { onShutdown } = deps;
  const onModuleError = (err: unknown) => log.error({ err }, 'work of a module broke');
  const list = listModules(
    settings,
    { core, parts },
    { clock, isReady: () => isReady, onShutdown, onModuleError, syncAgents },
  );
  modules.push(...list);
  for (const module of modules) if (module.onEvent !== undefined) events.subscribe((event) => module.onEvent?.(event));
  const handlers = composeHandlers(list);

  // The operator sees what was replaced in a text of their own.
  const surfaces = openSurfaces({ log, places, users, clean: cleanInput(secrets, () => undefined) }, handlers);
  opened.add('surfaces', surfaces.close);
  const agentDoors = (doors = await openAgentDoors({ core, parts, log }, handlers.agent));
  opened.add("agents' sockets", agentDoors.close);
  let work = Promise.resolve();
  opened.add('background work', () => work);
  const search = createSecretSearch({
    script: join(places.app, 'secret-search.mjs'),
    socket: places.searchSocket,
    uid: users.separate ? users.forge : null,
    secrets,
    onError: (err) => log.error({ err }, 'the search of pushes for secrets ended; the next push starts it again'),
    onThread: (state) => log.debug({ state }, 'the thread that searches pushes for secrets'),
  });
  // After the services: a push that the forge finishes is searched.
  opened.add('search of pushes', search.stop);
  opened.add('services', services.stop);
  opened.add('boxes', ({ boxes }) => (boxes ? stopBoxes(parts, settings, log) : undefined));
  opened.add('keepers of boxes', fleet.keepers.close);
  opened.add('rebuilds', rebuilds.close);
  const stopping = new AbortController();
  // Each part of the background work listens to it.
  setMaxListeners(0, stopping.signal);
  opened.add('signal of background work', () => stopping.abort());

  await seedOnce(settings, { core, parts, clock });
  await prepareAgents(core, parts);
  await agentDoors.sync();
  // Before any key: no call is made that no budget could stop.
  parts.money.push();
  await parts.providers.push();
  await search.start();
  await surfaces.listen();

  const adopted = (await runtime.list().catch(() => [])).filter((box) => box.state === 'running').length;
  const started = await unlessFull(events.record('hive.started', { data: { version: VERSION, boot, adopted } }));
  if (!started) log.warn('the disk is full: that the hive started is not in the event log');
  const { steady } = parts;
  const { keepers } = fleet;
  work = startBackground(
    { writer, modules, keepers, runtime, config, places, clock, steady, log, record },
    stopping.signal,
  );
  rebuilds.resume();
  // Services such as the dashboard start while the boxes do; a service that fails is retried and reported.
  const late = await services.start();
  for (const service of late) log.warn({ service }, 'a service is not ready yet; it is tried on');
  isReady = true;
  log.info({ root: places.root, hiveId, boot }, 'the hive is up');

  return {
    async stop({ boxes, reason }) {
      isReady = false;
      await record('hive.stopping', { data: { reason } });
      await opened.releaseAll({ boxes });
    },
  };
}

function passwordsOf({ http, https }: Settings['proxy']): NamedSecret[] {
  const urls = [http, https].filter((url) => url !== null);
  return urls.map((url) => ({ name: 'proxy-password', value: decodeURIComponent(new URL(url).password) }));
}

/** Declares the first agents, once in a hive's life. */
async function seedOnce(settings: Settings, hive: { core: Core; parts: Parts; clock: () => number }): Promise<void> {
  const { db, writer, isSeeded } = hive.core;
  if (isSeeded) return;
  const { declarations } = hive.parts.fleet;
  await seedAgents({ declarations, config: settings.config, known: new Set(agentNames(db)) });
  await writer.write((tx) => setMeta(tx.db, 'hive.seeded', String(hive.clock())));
}

/** Creates every agent's directories, on a disk that is monitored from now on. */
async function prepareAgents(core: Core, parts: Parts): Promise<void> {
  const { db, disk, node, vital, events } = core;
  const { mail, turns, fleet } = parts;
  disk.actWith(createDiskActions({ mail, turns, events, fleet, writer: vital, agents: () => agentNames(db) }));
  // A box that fills the disk ends before anything here needs space.
  await disk.check({ beforeReady: true });
  await unlessFull(markChangedModels({ db, writer: vital, modelOf: (spec) => parts.providers.modelOf(spec).model }));
  for (const row of listAgents(db))
    await withRoom(disk.makeRoom, () => node.prepareAgent({ ...row, pids: row.spec.limits.pids }));
}

async function stopBoxes({ runtime, turns }: Parts, { config }: Settings, log: Log): Promise<void> {
  const running = (await runtime.list().catch(() => [])).filter((box) => box.state === 'running');
  const stopBox = async (box: BoxStatus) => {
    await runtime.stop(box, config.rebuild.stop_grace_ms);
    // Not the fault of the messages it held: they are requeued for the hive's next start.
    await turns.releaseOpenTurn(box.agent, 'the hive was stopped');
  };
  for (const end of await Promise.allSettled(running.map(stopBox)))
    if (end.status === 'rejected') log.error({ err: end.reason as unknown }, 'a box could not be stopped');
}
