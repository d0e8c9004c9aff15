import { freemem } from 'node:os';
import type { Settings } from './config.ts';
import { newestEventAt } from './core/store/events.ts';
import { describeStanding } from './describe-standing.ts';
import { examineHive } from './examine.ts';
import { completeSpec } from './modules/agents/complete-spec.ts';
import { agentsModule } from './modules/agents/module.ts';
import { createNotes } from './modules/agents/notes.ts';
import { listAgents } from './modules/agents/queries.ts';
import { boxesModule } from './modules/boxes/module.ts';
import { checksModule } from './modules/checks/module.ts';
import { createComposer } from './modules/declared-state/compose-files.ts';
import { declaredStateModule } from './modules/declared-state/module.ts';
import { debugModule } from './modules/debug/module.ts';
import { diskModule } from './modules/disk/module.ts';
import { docsSkillsModule } from './modules/docs-skills/module.ts';
import { egressModule } from './modules/egress/module.ts';
import { filesModule } from './modules/files/module.ts';
import { forgeFactsModule } from './modules/forge-facts/module.ts';
import { describeHive } from './modules/hive/describe-hive.ts';
import { hiveModule } from './modules/hive/module.ts';
import { loopsModule } from './modules/loops/module.ts';
import { mailModule } from './modules/mail/module.ts';
import { moneyModule } from './modules/money/module.ts';
import { operatorsModule } from './modules/operators/module.ts';
import { createSignIns } from './modules/operators/sign-ins.ts';
import { projectsModule } from './modules/projects/module.ts';
import { listProjects } from './modules/projects/queries.ts';
import { providersModule } from './modules/providers/module.ts';
import { questionsModule } from './modules/questions/module.ts';
import { secretsModule } from './modules/secrets/module.ts';
import { rememberTokens } from './modules/secrets/recent-tokens.ts';
import { createSearchIndex } from './modules/search/index-search.ts';
import { searchModule } from './modules/search/module.ts';
import { terminalsModule } from './modules/terminals/module.ts';
import { timersModule } from './modules/timers/module.ts';
import { sessionsModule } from './modules/sessions/module.ts';
import { createSessions } from './modules/sessions/serve-sessions.ts';
import { statsModule } from './modules/stats/module.ts';
import { topicsModule } from './modules/topics/module.ts';
import { createTopics } from './modules/topics/serve-topics.ts';
import { turnsModule } from './modules/turns/module.ts';
import type { Core } from './open-core.ts';
import type { Parts } from './open-parts.ts';

/**
 * Every module of hived, each after those that it depends on: rows of the first are deleted last. A new domain is one
 * entry here.
 */
export function listModules(
  settings: Settings,
  hive: { core: Core; parts: Parts },
  deps: {
    clock: () => number;
    /** Whether the hive has finished starting. */
    isReady: () => boolean;
    onShutdown: (options: { boxes: boolean }) => void;
    /** Logs an error of work that a module does by itself. */
    onModuleError: (error: unknown) => void;
    /** Opens and closes agents' sockets, and notifies the services. */
    syncAgents: () => Promise<void>;
  },
) {
  const { config, places, privileged, proxy } = settings;
  const { node, disk, db, writer, vital, events, memory, hiveId, boot, startedAt, secrets } = hive.core;
  const {
    activities,
    agentSecrets,
    destroy,
    egress,
    fleet,
    limits,
    mail,
    modules,
    money,
    gatewayInstances,
    providerKeys,
    providers,
  } = hive.parts;
  const { entryStates, gatewayMoments, gatewayStatus, models } = hive.parts;
  const { providerList, providerTests, rebuilds, runtime, services, harnesses, starts, turns, files, timers } =
    hive.parts;
  const { clock } = deps;
  const { retention } = config;
  const composeFiles = createComposer((text) => secrets.redactText(text));
  const dashboardUrl = `http://${config.dashboard.host}:${config.dashboard.port}`;
  return [
    agentsModule({
      db,
      fleet,
      activities,
      destroy,
      notes: createNotes({ writer, events }),
      skills: node.skills,
      completeSpec: (given) => completeSpec(given, config),
      standingOf: (agent) => describeStanding(agent, { db, money, quotas: egress.quotas, providers }),
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
            ready: deps.isReady(),
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
          checks: hive.parts.checkStanding,
        }),
    }),
    projectsModule({
      db,
      writer,
      events,
      requireFree: fleet.claims.requireFree,
      clock,
      notify: turns.notify,
      onProjectsChanged: deps.syncAgents,
    }),
    boxesModule({ clock, trash: node.trash, rebuilds, fleet, runtime, retention, redact: secrets.redactText }),
    turnsModule({ db, clock, turns, harnesses, starts, fleet, retention }),
    sessionsModule({
      db,
      choice: hive.parts.sessions,
      sessions: createSessions({
        db,
        writer,
        events,
        clock,
        keep: { days: config.harness.keep_sessions_days, mb: config.harness.keep_sessions_mb },
      }),
    }),
    statsModule({ db, writer, clock, timeZone: settings.timeZone, retention }),
    mailModule({ db, writer, mail, modules, retention, redact: secrets.redactJson }),
    questionsModule({ db, writer, mail }),
    loopsModule({ mail }),
    topicsModule({ db, topics: createTopics({ writer, mail }) }),
    filesModule({ files }),
    searchModule({ db, search: createSearchIndex({ db, writer }) }),
    timersModule({ ...timers, retention }),
    providersModule({
      db,
      writer,
      events,
      clock,
      providers,
      providerKeys,
      providerList,
      providerTests,
      entryStates,
      gatewayMoments,
      gatewayStatus,
      models,
      limits,
      gatewayInstances,
      money,
      retention,
      makeRoom: disk.makeRoom,
      onAgentsMoved: deps.syncAgents,
    }),
    egressModule({
      db,
      writer,
      events,
      clock,
      memory,
      mail,
      askMs: config.egress.ask_ms,
      retention,
      quotas: egress.quotas,
      valueOf: agentSecrets.valueOf,
      writeFiles: agentSecrets.deliver,
      onRulesChanged: egress.push,
      onError: deps.onModuleError,
    }),
    secretsModule({ db, writer: vital, events, clock, agentSecrets, onError: deps.onModuleError }),
    moneyModule({
      db,
      money,
      timeZone: settings.timeZone,
      clock,
      retention,
      prices: settings.prices,
      bills: hive.parts.bills,
      providerList,
      models,
    }),
    terminalsModule({ terminals: hive.parts.terminals, onDashboard: config.terminals.on_dashboard }),
    operatorsModule({
      signIns: createSignIns({
        db,
        writer: vital,
        events,
        clock,
        remember: {
          link: rememberTokens(secrets, 'sign-in-link'),
          session: rememberTokens(secrets, 'dashboard-session'),
        },
      }),
      dashboardUrl,
    }),
    diskModule({ disk }),
    debugModule({ db, node, redact: secrets.redactJson }),
    checksModule({
      runtime: hive.parts.checkRuntime,
      node,
      users: hive.core.users,
      config,
      timeZone: settings.timeZone,
      socket: places.forgeSocket,
      holder: boot,
      freeBytes: freemem,
      redact: secrets.redactText,
      standing: hive.parts.checkStanding,
    }),
    declaredStateModule({
      isOn: config.forge.keep_config,
      files: () =>
        composeFiles({
          agents: listAgents(db),
          projects: listProjects(db),
          config,
        }),
      socket: places.forgeSocket,
    }),
    docsSkillsModule({
      isOn: config.skills.from_docs,
      skills: node.docsSkills,
      events,
      socket: places.forgeSocket,
    }),
    forgeFactsModule({ db, writer, mail, socket: places.forgeSocket, redact: secrets.redactJson }),
    // Its sockets close before its files are deleted.
    { name: 'agent-doors', forgetAgent: () => deps.syncAgents() },
  ] as const;
}
