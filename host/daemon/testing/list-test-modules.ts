import type { AgentName } from '../../../protocol/names.ts';
import type { Db } from '../../../store/open-store.ts';
import type { Redacted } from '../../../system/redact/redactor.ts';
import type { Config } from '../config/schema.ts';
import type { AgentMemory } from '../core/agent-memory.ts';
import type { Module } from '../core/module.ts';
import { createPruner, type Pruner, retentionOf } from '../core/retention.ts';
import type { Tx, Writer } from '../core/writer.ts';
import { boxesModule } from '../modules/boxes/module.ts';
import { egressModule } from '../modules/egress/module.ts';
import { createQuotas } from '../modules/egress/quotas.ts';
import type { Files } from '../modules/files/keep-files.ts';
import { filesModule } from '../modules/files/module.ts';
import { forgeFactsModule } from '../modules/forge-facts/module.ts';
import type { HiveHandlerDeps } from '../modules/hive/handlers.ts';
import { hiveModule } from '../modules/hive/module.ts';
import { loopsModule } from '../modules/loops/module.ts';
import { mailModule } from '../modules/mail/module.ts';
import type { Mail } from '../modules/mail/serve-mail.ts';
import { moneyModule } from '../modules/money/module.ts';
import type { Money } from '../modules/money/serve-money.ts';
import type { KnownLimits } from '../modules/providers/known-limits.ts';
import { projectsModule } from '../modules/projects/module.ts';
import { providersModule } from '../modules/providers/module.ts';
import { questionsModule } from '../modules/questions/module.ts';
import { secretsModule } from '../modules/secrets/module.ts';
import { createSearchIndex } from '../modules/search/index-search.ts';
import { searchModule } from '../modules/search/module.ts';
import { createTimerGate } from '../modules/timers/limits.ts';
import { sessionsModule } from '../modules/sessions/module.ts';
import { createSessions } from '../modules/sessions/serve-sessions.ts';
import { statsModule } from '../modules/stats/module.ts';
import { timersModule } from '../modules/timers/module.ts';
import { topicsModule } from '../modules/topics/module.ts';
import { createTopics } from '../modules/topics/serve-topics.ts';
import type { HarnessWatch } from '../modules/turns/harness-watch.ts';
import { turnsModule } from '../modules/turns/module.ts';
import type { Turns } from '../modules/turns/serve-turns.ts';
import type { Starts } from '../modules/turns/starts.ts';

/** A part that a test hive lacks: every call of it throws. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- whoever asks says which part it stands for
export function absent<T extends object>(): T {
  const refuse = () => {
    throw new Error('this part is not there in a test hive');
  };
  return new Proxy({}, { get: () => refuse, ownKeys: () => [] }) as T;
}

/** The files' upkeep in a hive without a directory for them. */
const NO_FILES = {
  sweepStrays: () => Promise.resolve(0),
  collectGarbage: () => Promise.resolve({ removed: 0, more: false }),
};

const fail = (error: unknown) => {
  throw error;
};

/** For hives that know no secrets. */
export const NO_SECRETS = <T>(value: T): Redacted<T> => ({ value, found: [] });

export interface TestParts {
  db: Db;
  writer: Writer;
  memory: AgentMemory;
  mail: Mail;
  turns: Turns;
  harnesses: HarnessWatch;
  starts: Starts;
  limits: KnownLimits;
  money: Money;
  startAgent?: (tx: Tx, name: AgentName) => void;
}

/** Every module that needs neither boxes nor a directory of files, composed of the parts of a test hive. */
export function listTestModules(parts: TestParts, retention: Config['retention']): Module[] {
  const { db, writer, memory, mail, turns, harnesses, starts, limits, money, startAgent = () => undefined } = parts;
  const { events, clock } = mail;
  const gate = createTimerGate({ clock, memory }, { maxStanding: 1_000, rate: { burst: 1_000, perMinute: 1_000 } });
  const modules: Module[] = [];
  modules.push(
    hiveModule({ db, events, retention, ...absent<Omit<HiveHandlerDeps, 'db' | 'events'>>() }),
    projectsModule({
      db,
      writer,
      events,
      requireFree: () => undefined,
      clock,
      notify: turns.notify,
      onProjectsChanged: () => Promise.resolve(),
    }),
    turnsModule({ db, clock, turns, harnesses, starts, fleet: absent(), retention }),
    sessionsModule({
      db,
      sessions: createSessions({ db, writer, events, clock, keep: { days: 30, mb: 200 } }),
      choice: { prices: [], kindOf: () => null, policy: 'auto' },
    }),
    statsModule({ db, writer, clock, timeZone: 'UTC', retention }),
    mailModule({ db, writer, mail, modules, retention, redact: NO_SECRETS }),
    questionsModule({ db, writer, mail }),
    loopsModule({ mail }),
    topicsModule({ db, topics: createTopics({ writer, mail }) }),
    filesModule({ files: { ...absent<Files>(), ...NO_FILES } }),
    forgeFactsModule({ db, writer, mail, socket: '/nowhere/forge.sock', redact: NO_SECRETS }),
    searchModule({ db, search: createSearchIndex({ db, writer }) }),
    timersModule({ db, writer, mail, events, clock, startAgent, gate, quietMs: 600_000, retention }),
    egressModule({
      db,
      writer,
      events,
      clock,
      memory,
      mail,
      askMs: 0,
      quotas: createQuotas({ db, clock, timeZone: 'UTC', defaults: { hour: 0, day: 0, month: 0 } }),
      retention,
      valueOf: () => undefined,
      writeFiles: () => Promise.resolve(),
      onRulesChanged: () => undefined,
      onError: fail,
    }),
    providersModule({
      db,
      writer,
      events,
      retention,
      clock,
      providers: absent(),
      providerKeys: absent(),
      providerList: absent(),
      providerTests: absent(),
      entryStates: absent(),
      gatewayMoments: absent(),
      gatewayStatus: absent(),
      models: new Map(),
      limits,
      money,
      gatewayInstances: absent(),
      makeRoom: () => false,
      onAgentsMoved: () => Promise.resolve(),
    }),
    secretsModule({ db, writer, events, clock, agentSecrets: absent(), onError: fail }),
    moneyModule({
      db,
      money,
      timeZone: 'UTC',
      clock,
      retention,
      prices: [],
      bills: absent(),
      providerList: absent(),
      models: new Map(),
    }),
  );
  return modules;
}

/** Retention with these numbers of days; 0 keeps for ever. */
export function prunerOf(
  parts: TestParts,
  days: Partial<Config['retention']> = {},
  steady: () => number = () => performance.now(),
): Pruner {
  const never = { messages_days: 0, notices_days: 0, transcript_days: 0, costs_days: 0, stats_days: 0, events_days: 0 };
  const retention = { ...never, ...days };
  const boxes = boxesModule({
    clock: parts.mail.clock,
    trash: absent(),
    rebuilds: absent(),
    fleet: absent(),
    runtime: absent(),
    retention,
    redact: (line) => line,
  });
  const modules = [...listTestModules(parts, retention), boxes];
  return createPruner({ writer: parts.writer, steady }, retentionOf(modules));
}
