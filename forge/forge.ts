import type { ForgeControl, InjectedHost } from '../protocol/schemas/service.ts';
import type { Db } from '../store/open-store.ts';
import { runLatest } from '../system/run-latest.ts';
import { searchForSecrets } from '../wire/secret-search.ts';
import { createSlots } from '../system/slots.ts';
import { finishRestore } from './backup/finish-restore.ts';
import { createBackend } from './backend/backend.ts';
import { type CheckDoors, createCheckDoors } from './checks/check-doors.ts';
import { createCheckSignals } from './checks/check-signals.ts';
import { keepChecksGoing } from './checks/keep-checks-going.ts';
import { type Endpoints, openEndpoints } from './endpoints.ts';
import { writeHook } from './git/hook.ts';
import { initArgv } from './git/policy.ts';
import { createDiffCache } from './git/diff-cache.ts';
import { createGit } from './git/process.ts';
import { chooseLimits, type Limits } from './limits.ts';
import type { Log } from '../system/log.ts';
import { DEFAULT_BRANCH } from './repositories/create-repository.ts';
import { createCheckApp } from './http/surface-apps.ts';
import type { ForgeCore } from './repositories/forge-core.ts';
import { createOutbox } from './repositories/outbox.ts';
import { makePlaces, placesIn } from './repositories/places.ts';
import { createPushLocks } from './repositories/push-locks.ts';
import { followForks } from './pulls/follow-forks.ts';
import { createQueue } from './queue/queue.ts';
import type { Suites } from './queue/suites.ts';
import { suitesOfChecks } from './queue/suites-of-checks.ts';
import { reconcile } from './repositories/reconcile.ts';
import { sweepRemoved } from './repositories/removed.ts';
import { seedSharedDocs } from './repositories/seed-docs.ts';
import { settlePushes } from './repositories/settle-pushes.ts';
import type { Outside } from './outside/run-git.ts';
import { createMirrors } from './mirrors/mirrors.ts';
import { createWayOut } from './outside/way-out.ts';
import { writeCertificates } from './outside/write-certificates.ts';
import { createRoster, type Roster } from './roster.ts';
import { listenAt } from './sockets.ts';
import { forgetGoneSetters } from './statuses/tidy-statuses.ts';
import { openForgeDb } from './store/forge-db.ts';
import { createWebhooks } from './webhooks/webhooks.ts';
import { tidyTokens } from './tokens/manage-tokens.ts';
import { keepMaintained } from './upkeep/keep-maintained.ts';

export type ForgeSettings = Omit<Extract<ForgeControl, { type: 'configure' }>, 'type'>;

export interface ForgeParts {
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Milliseconds that never run backwards: for what calls of agents cost. */
  readonly steady?: () => number;
  /** PATH for finding git. */
  readonly path: string;
  /** Overrides of the default limits. */
  readonly limits?: Partial<Limits>;
  /** Ends this process in order. Default: nothing. */
  readonly restart?: () => void;
  /** Instead of the forge's own checks, for the merge queue. */
  readonly suites?: Suites;
}

/** A listening forge. open → closing (no new connections, open requests go on) → closed. */
export interface Forge {
  readonly setRoster: Endpoints['setRoster'];
  /** Hosts for which the gateway has a secret of the hive's. */
  readonly setInjected: (hosts: readonly InjectedHost[]) => void;
  /**
   * Lets running work finish for `drainMs`, then ends it: git groups, connections, store. If called again, the
   * earlier deadline counts. Resolves when everything is closed.
   */
  close(drainMs: number): Promise<void>;
}

const SETTLE_EVERY_MS = 5_000;
const DAY_MS = 24 * 60 * 60 * 1000;
const LOOK_AT_QUEUES_MS = 5_000;
const LOOK_OUTSIDE_MS = 5_000;
/** Diffs that are kept in memory (UTF-16 code units). */
const MOST_DIFF_CHARS = 24 * 1024 * 1024;

/** Opens the store, reconciles it with the repositories, and listens on the operator's socket. */
export async function startForge(settings: ForgeSettings, parts: ForgeParts): Promise<Forge> {
  const places = placesIn(settings.dir);
  const before = finishRestore(places);
  if (before !== null) parts.log.warn({ before }, 'a restored forge is in place; the earlier one is kept');
  await makePlaces(places);
  const db = openForgeDb(places.database, settings.sqliteBinding);
  const stop = new AbortController();
  const running = new Set<Promise<unknown>>();
  const roster = createRoster();
  const outside = {
    way: createWayOut(settings.egressSocket),
    caFile: await writeCertificates(places, settings.caPem),
    caPem: settings.caPem,
  };
  const core = buildCore({ db, places, running, outside, roster, stopping: stop.signal }, settings, parts);
  const doors: CheckDoors = createCheckDoors(core, (caller, path) =>
    listenAt(createCheckApp(backend, parts.log, caller), path, null),
  );
  const mirrors = createMirrors(core);
  const webhooks = createWebhooks(core);
  const backend = createBackend(core, doors, { mirrors, webhooks });
  let endpoints: Endpoints;
  try {
    await writeHook(places.hooks, core.limits.maxRefsPerPush);
    await core.git.run(initArgv(places.empty, DEFAULT_BRANCH));
    await reconcile(core);
    await seedSharedDocs(core);
    endpoints = await openEndpoints({ ...core, backend, roster }, settings);
  } catch (error) {
    db.close();
    throw error;
  }
  const queue = createQueue(core, core.suites);
  const sweep = () => {
    tidyTokens(core, null);
    core.inBackground(() => sweepRemoved(core));
  };
  sweep();
  const checks = keepChecksGoing(core);
  queue.wake();
  mirrors.begin();
  webhooks.begin();
  core.inBackground(() => keepMaintained(core));
  const forks = runLatest(() => followForks(core));
  const follow = () =>
    core.inBackground(async () => {
      await forks.run(undefined);
    });
  core.checks.onWanted(follow);
  follow();
  const rounds = [
    // What was busy, or what an older forge recorded.
    setInterval(follow, SETTLE_EVERY_MS),
    // What failed for want of a lock or of git is tried again.
    setInterval(queue.wake, LOOK_AT_QUEUES_MS),
    setInterval(mirrors.wake, LOOK_OUTSIDE_MS),
    setInterval(webhooks.wake, LOOK_OUTSIDE_MS),
    setInterval(() => core.inBackground(() => settlePushes(core)), SETTLE_EVERY_MS),
    setInterval(sweep, core.limits.sweepRemovedMs),
  ];
  let closing: Promise<void> | null = null;
  const deadlines: NodeJS.Timeout[] = [];

  async function end(): Promise<void> {
    stop.abort(new Error('the forge is ending'));
    for (const round of rounds) clearInterval(round);
    await Promise.all([endpoints.close(), doors.close()]);
    await Promise.all([checks.end(), forks.end()]);
    while (running.size > 0) await Promise.allSettled(running);
    for (const deadline of deadlines) clearTimeout(deadline);
    db.close();
  }

  return {
    setInjected: outside.way.setInjected,
    async setRoster(line) {
      // Of lines that come together only the last is carried out: an agent that is gone in any of them loses its tokens and its word.
      tidyTokens(core, line.agents);
      forgetGoneSetters(core, line.agents);
      await endpoints.setRoster(line);
      queue.wake();
    },
    close(drainMs) {
      deadlines.push(
        setTimeout(() => {
          endpoints.cut();
          doors.cut();
          core.git.killAll();
        }, drainMs),
      );
      closing ??= end();
      return closing;
    },
  };
}

function buildCore(
  opened: {
    db: Db;
    places: ForgeCore['places'];
    running: Set<Promise<unknown>>;
    outside: Outside;
    roster: Roster;
    stopping: AbortSignal;
  },
  settings: ForgeSettings,
  parts: ForgeParts,
): ForgeCore {
  const { db, places, running, outside, roster, stopping } = opened;
  const { queueRuns, artifactBytes, artifactDays, cacheBytes } = settings.checks;
  const limits = {
    ...chooseLimits(settings.maxPackBytes),
    maxQueueRuns: queueRuns,
    allArtifactBytes: artifactBytes,
    keepArtifactsMs: artifactDays * DAY_MS,
    allCacheBytes: cacheBytes,
    ...parts.limits,
  };
  const track: ForgeCore['track'] = (work) => {
    const task = work.finally(() => running.delete(task));
    running.add(task);
    return task;
  };
  const core: ForgeCore = {
    db,
    openDatabase: (path) => openForgeDb(path, settings.sqliteBinding),
    restart: parts.restart ?? (() => undefined),
    places,
    limits,
    stopping,
    track,
    log: parts.log,
    owners: roster,
    clock: parts.clock,
    steady: parts.steady ?? (() => performance.now()),
    git: createGit({ path: parts.path, killGraceMs: limits.killGraceMs }),
    outbox: createOutbox(db),
    outside,
    checks: createCheckSignals((err) => parts.log.error({ err }, 'work that follows a check broke')),
    suites: parts.suites ?? suitesOfChecks(() => core),
    slots: createSlots({
      total: limits.gitProcesses,
      perCaller: limits.gitProcessesPerCaller,
      reserved: limits.gitProcessesReserved,
    }),
    transfers: createSlots({ total: limits.maxTransfers, perCaller: 1 }),
    diffs: createDiffCache(MOST_DIFF_CHARS),
    merges: new Map(),
    readSlots: createSlots({ total: limits.gitReads, perCaller: 1 }),
    findSecrets: (open, signal) =>
      searchForSecrets({ socket: settings.searchSocket, patienceMs: limits.searchPatienceMs }, open, signal),
    pushLocks: createPushLocks(),
    ownPushes: new Set(),
    upkeepSlot: createSlots({ total: 1 }),
    packLooks: createSlots({ perCaller: 1 }),
    inBackground: (work) => {
      const done = track(
        work().catch((error: unknown) => {
          if (!stopping.aborted) parts.log.error({ err: error }, 'work in the background failed');
        }),
      );
      void done;
    },
  };
  return core;
}
