import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { HiveError } from '../../protocol/errors.ts';
import type { AgentName } from '../../protocol/names.ts';
import type { ProviderName } from '../../protocol/providers.ts';
import type { Log } from '../../system/log.ts';
import type { Settings } from './config.ts';
import type { Module } from './core/module.ts';
import { createActivities } from './modules/agents/activities.ts';
import { claimInterrupted } from './modules/agents/destroy.ts';
import { gitConfigOf } from './modules/egress/injections.ts';
import { readDefaultQuotas } from './modules/egress/policy/quotas.ts';
import { createEgressTeller } from './modules/egress/tell-gateway.ts';
import { createFleet } from './modules/agents/fleet.ts';
import { createRebuilds } from './modules/boxes/rebuild.ts';
import { mailLimits } from './modules/mail/mail-limits.ts';
import { createMail } from './modules/mail/serve-mail.ts';
import { requireModels } from './modules/providers/require-models.ts';
import { createKnownLimits } from './modules/providers/known-limits.ts';
import { openProviderKeys } from './modules/providers/provider-keys.ts';
import { createProviderList, type ProviderList } from './modules/providers/provider-list.ts';
import { createProviderState } from './modules/providers/provider-state.ts';
import { readKeyFiles } from './modules/secrets/read-key-files.ts';
import { openSecretValues } from './modules/secrets/secret-values.ts';
import { createAgentSecrets } from './modules/secrets/serve-secrets.ts';
import type { SessionDeps } from './modules/sessions/plan-session.ts';
import { createFoundReports } from './modules/secrets/report-found.ts';
import { openTurnOf } from './modules/turns/queries.ts';
import { terminalLimits } from './modules/terminals/limits.ts';
import { createTerminals } from './modules/terminals/terminals.ts';
import { createHarnessWatch } from './modules/turns/harness-watch.ts';
import { createTurns } from './modules/turns/serve-turns.ts';
import { turnLimits } from './modules/turns/turn-limits.ts';
import { createStarts } from './modules/turns/starts.ts';
import { listOpenTurns } from './modules/turns/queries.ts';
import { roomOf } from './modules/turns/room.ts';
import { createWaiters } from './modules/turns/waiters.ts';
import type { Core } from './open-core.ts';
import { dayNames } from './modules/money/policy/sums.ts';
import { createMoney } from './modules/money/serve-money.ts';
import { openMailParts } from './open-mail-parts.ts';
import { openServices, type RecordEvent } from './open-services.ts';
import { createCheckStanding } from './modules/checks/check-standing.ts';
import { createDockerCheckRuntime, createDockerRuntime } from './runtime/docker/docker-runtime.ts';

/** Throws `config_invalid` when the default provider is none: it may have been added, which the configuration cannot tell. */
function requireDefault(list: ProviderList, name: ProviderName): void {
  if (list.find(name) !== null) return;
  const known = list.all().map((provider) => provider.name);
  throw new HiveError(
    'config_invalid',
    `defaults.provider in config.yaml is "${name}", and there is no such provider. There is: ${known.join(', ')}.`,
  );
}

/** The parts that modules are composed of. */
export type Parts = Awaited<ReturnType<typeof openParts>>;

/**
 * Creates the parts that modules are composed of, in the order of their dependencies. Nothing runs yet: no box, no
 * service, no socket.
 */
export async function openParts(
  settings: Settings,
  core: Core,
  deps: {
    log: Log;
    clock: () => number;
    /** Stores an event in its own transaction. Never rejects. */
    record: RecordEvent;
    /** The set of agents changed; see createDeclarations. */
    onAgentsChanged: (concerned?: AgentName) => Promise<void>;
  },
) {
  const { config, places } = settings;
  const { users, node, disk, db, writer, vital, events, memory, hiveId } = core;
  const { log, clock, record, onAgentsChanged } = deps;
  const steady = () => performance.now();
  const harnesses = createHarnessWatch(steady, memory);
  const activities = createActivities(memory);
  const learnKeys = async () => core.secrets.learn('keys', await readKeyFiles(places.secrets));
  const providerKeys = openProviderKeys(places.secrets, learnKeys);
  const providerList = createProviderList(db, config.providers);
  requireDefault(providerList, config.defaults.provider);
  const models = requireModels(config.models, providerList);
  await providerKeys.removeOthers(new Set(providerList.all().map(({ id }) => id)));
  await learnKeys();
  const providers = await createProviderState({
    db,
    writer: vital,
    events,
    clock,
    keys: providerKeys,
    list: providerList,
    defaultProvider: config.defaults.provider,
    models,
    send: (line) => services.send('gateway', line),
  });
  const limits = createKnownLimits(memory);
  /** Filled once they are created, in the order of their dependencies; only iterated from then on. */
  const modules: Module[] = [];
  const waiters = createWaiters(memory);
  const starts = createStarts({
    memory,
    now: steady,
    room: () => roomOf(config.harness),
    countTurns: () => listOpenTurns(db).length,
    notify: waiters.notify,
  });
  const money = createMoney({
    db,
    writer: vital,
    events,
    memory,
    clock,
    timeZone: settings.timeZone,
    mail: { post: (tx, message) => mail.post(tx, message) },
    send: (line) => services.send('gateway', line),
    unpark: (name) => turns.unpark(name),
  });
  const mail = createMail(
    {
      db,
      writer,
      memory,
      events,
      clock,
      onQueued: waiters.queued,
      refuse: disk.refuse,
      troubleOf: (name) => fleet.views.troubleOf(name),
    },
    mailLimits(config),
  );
  const sessions: SessionDeps = {
    prices: settings.prices,
    kindOf: (provider) => providerList.find(provider as ProviderName)?.kind ?? null,
    policy: config.harness.sessions,
  };
  const turns = createTurns(
    {
      db,
      writer,
      memory,
      mail,
      waiters,
      harnesses,
      starts,
      providers: {
        ...limits,
        correctUsage: providers.correctUsage,
        modelOf: (spec) => providers.modelOf(spec).model,
        budgetStop: money.stopOf,
      },
      dayOf: dayNames(settings.timeZone),
      sessions,
      onModelTold: () => onAgentsChanged(),
      disk,
    },
    turnLimits(config),
  );
  providers.use({ mail, turns });
  if (!core.isRenewed) turns.oweRenewal();
  const secretValues = await openSecretValues(join(places.secrets, 'agents'));
  const agentSecrets = createAgentSecrets({
    db,
    node,
    known: core.secrets,
    values: secretValues,
    onValuesChanged: () => egress.push(),
    gitConfigOf: (agent) => gitConfigOf(db, agent),
  });
  const found = createFoundReports({
    writer: vital,
    events,
    mail,
    memory,
    clock,
    onError: (err) => log.error({ err }, 'a report of a secret could not be stored'),
  });
  const engine = { socketPath: config.engine.socket, hiveId, pathOf: node.pathOf };
  const runtime = createDockerRuntime(engine);
  const checkRuntime = createDockerCheckRuntime(engine);
  const egress = createEgressTeller({
    db,
    clock,
    timeZone: settings.timeZone,
    defaults: readDefaultQuotas(config),
    valueOf: agentSecrets.valueOf,
    send: (line) => services.send('gateway', line),
    sendForge: (line) => services.send('forge', line),
  });
  // The next gateway begins with what this one reported.
  const onGatewayEnded = egress.push;
  const serving = openServices(settings, core, { log, clock, steady, record, money, onGatewayEnded });
  const { services } = serving;
  const fleet = createFleet({
    db,
    disk,
    writer,
    events,
    turns,
    modules,
    memory,
    harnesses,
    activities,
    runtime,
    node,
    users,
    clock,
    log,
    stopGraceMs: config.rebuild.stop_grace_ms,
    silentMs: config.harness.silent_ms,
    toolchainVersions: node.toolchainVersions,
    timeZone: settings.timeZone,
    answererOf: providers.answers,
    modelOf: providers.modelOf,
    requireProvider: (name) => void providerList.require(name),
    onAgentsChanged,
  });
  const terminals = createTerminals({
    db,
    events,
    runtime,
    clock,
    boxOf: (name) => fleet.keepers.viewOf(name)?.box ?? null,
    turns: { hold: turns.hold, lift: turns.lift, isOpen: (name) => openTurnOf(db, name) !== null },
    newUuid: randomUUID,
    limits: terminalLimits(config),
    onError: (err) => log.error({ err }, 'a terminal could not be recorded or cleaned up'),
  });
  const rebuilds = createRebuilds({
    db,
    writer: vital,
    events,
    mail,
    turns,
    fleet,
    runtime,
    toolchainVersions: node.toolchainVersions,
    clock,
    managerWaitMs: config.rebuild.manager_wait_ms,
    onError: (err) => log.error({ err }, 'a rebuild broke'),
  });
  const destroy = { db, writer: vital, events, modules, memory, fleet, runtime, backups: places.backups, node, clock };
  claimInterrupted(destroy);
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

  return {
    steady,
    harnesses,
    starts,
    activities,
    providerKeys,
    providerList,
    agentSecrets,
    found,
    providers,
    models,
    limits,
    money,
    egress,
    modules,
    mail,
    turns,
    sessions,
    runtime,
    checkRuntime,
    checkStanding: createCheckStanding(config.checks.at_once),
    ...serving,
    fleet,
    rebuilds,
    terminals,
    destroy,
    ...mailbox,
  };
}
