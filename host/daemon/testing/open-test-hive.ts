import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentName } from '../../../protocol/names.ts';
import type { UsageTotals } from '../../../protocol/schemas/agent.ts';
import type { FinishInput, TurnOutcome } from '../../../protocol/schemas/harness.ts';
import type { HiveEvent } from '../../../protocol/schemas/event.ts';
import { openStore } from '../../../store/open-store.ts';
import type { Module } from '../core/module.ts';
import { createMail } from '../modules/mail/serve-mail.ts';
import type { BudgetsLine } from '../modules/money/compose-line.ts';
import { dayNames } from '../modules/money/policy/sums.ts';
import { createMoney } from '../modules/money/serve-money.ts';
import { createTopics } from '../modules/topics/serve-topics.ts';
import { createTurns } from '../modules/turns/serve-turns.ts';
import { createStarts } from '../modules/turns/starts.ts';
import { listOpenTurns } from '../modules/turns/queries.ts';
import { turnLimits } from '../modules/turns/turn-limits.ts';
import { createWaiters } from '../modules/turns/waiters.ts';
import { createKnownLimits } from '../modules/providers/known-limits.ts';
import type { BoxTrouble } from '../modules/mail/policy/waiting.ts';
import { createHarnessWatch } from '../modules/turns/harness-watch.ts';
import { mailLimits } from '../modules/mail/mail-limits.ts';
import { parseConfig } from '../config/parse-config.ts';
import type { Config } from '../config/schema.ts';
import { createAgentMemory } from '../core/agent-memory.ts';
import { createEventLog } from '../core/event-log.ts';
import { completeSpec } from '../modules/agents/complete-spec.ts';
import { insertAgent, nextGeneration } from '../modules/agents/store/agents.ts';
import { MIGRATIONS } from '../core/store/migrations.ts';
import { createWriter } from '../core/writer.ts';
import { listTestModules } from './list-test-modules.ts';
import { openMigrated } from './open-migrated.ts';

/** hived's store, log and broker on a real database file, without boxes and sockets; the clock is the test's. */
export type TestHive = ReturnType<typeof openTestHive>;

export function openTestHive(
  agents: readonly string[] = ['manager', 'scout', 'coder'],
  options: {
    broker?: Partial<Config['broker']>;
    /** Continues from the present content of another test hive's disk, as after a kill. */
    crashedOf?: { dir: string; time: { now: number } };
  } = {},
) {
  const dir = mkdtempSync(join(tmpdir(), 'hive-unit-'));
  const { crashedOf } = options;
  if (crashedOf !== undefined)
    for (const file of readdirSync(crashedOf.dir))
      if (!file.endsWith('-shm')) copyFileSync(join(crashedOf.dir, file), join(dir, file));
  const config = parseConfig('', 'config.yaml');
  const time = crashedOf?.time ?? { now: 1_800_000_000_000 };
  const clock = () => time.now;
  const file = join(dir, 'hive.db');
  const db = crashedOf === undefined ? openMigrated(file) : openStore(file, MIGRATIONS);
  const listenerErrors: unknown[] = [];
  /** Errors after commits; one that a test does not remove fails it at `close`. */
  const effectErrors: unknown[] = [];
  const writer = createWriter(db, {
    onEffectError(error) {
      effectErrors.push(error);
    },
  });
  const events = createEventLog({
    db,
    writer,
    clock,
    onListenerError(error) {
      listenerErrors.push(error);
    },
  });
  const memory = createAgentMemory();
  const harnesses = createHarnessWatch(clock, memory);
  /** Box troubles that a test sets. */
  const troubles = new Map<string, BoxTrouble>();
  const troubleOf = (name: string) => troubles.get(name) ?? null;
  const limits = createKnownLimits(memory);
  // As if the demo model answered all agents.
  const lines: BudgetsLine[] = [];
  const money = createMoney({
    db,
    writer,
    events,
    memory,
    clock,
    timeZone: 'UTC',
    mail: { post: (tx, message) => mail.post(tx, message) },
    send: (line) => lines.push(line),
    unpark: (name) => turns.unpark(name),
  });
  /** The CLI's names of models that a test declares. */
  const modelNames = new Map<string, string>();
  let modelsTold = 0;
  const onModelTold = async () => void (modelsTold += 1);
  const providers = {
    ...limits,
    budgetStop: money.stopOf,
    modelOf: ({ model }: { model: string }) => modelNames.get(model) ?? model,
    correctUsage: (_: AgentName, usage: UsageTotals) => ({ ...usage, costUsd: 0 }),
  };
  const waiters = createWaiters(memory);
  /** What a test's machine has for CLIs; by itself it has room for all. */
  const machine = { slots: Infinity, freeBytes: Infinity, reserveBytes: 0 };
  const starts = createStarts({
    memory,
    now: clock,
    room: () => machine,
    countTurns: () => listOpenTurns(db).length,
    notify: waiters.notify,
  });
  const sessions = { prices: [], kindOf: () => null, policy: 'auto' as const };
  const settings = { ...config, broker: { ...config.broker, max_failures: 3, ...options.broker } };
  const mail = createMail(
    { db, writer, memory, events, clock, onQueued: waiters.queued, troubleOf },
    mailLimits(settings),
  );
  const turns = createTurns(
    { db, writer, memory, mail, waiters, harnesses, starts, providers, onModelTold, dayOf: dayNames('UTC'), sessions },
    turnLimits(settings),
  );
  const topics = createTopics({ writer, mail });
  /** The operations of agents and operator on mail, turns and topics, in one object. */
  const broker = { ...mail, ...turns, ...topics };
  const modules: Module[] = listTestModules(
    { db, writer, memory, mail, turns, harnesses, starts, limits, money },
    config.retention,
  );
  const heard: HiveEvent[] = [];
  events.subscribe((event) => heard.push(event));
  events.subscribe((event) => modules.find(({ name }) => name === 'turns')?.onEvent?.(event));
  if (crashedOf === undefined) for (const name of agents) addAgent(name);

  function addAgent(name: string, parent = 'manager'): void {
    insertAgent(db, {
      name: name as AgentName,
      parent: name === 'manager' ? null : (parent as AgentName),
      spec: completeSpec({ role: name }, config),
      desired: 'running',
      at: clock(),
    });
  }

  /** A harness that sent hello before. */
  function resume(name: string, bootId: string) {
    const agent = name as AgentName;
    return {
      bootId,
      wake: async (waitMs = 0, signal = new AbortController().signal) =>
        (await broker.wake(agent, { bootId, waitMs, knowsSessions: true }, signal)).turn,
      finish: (turn: { turn: number; fence: number }, outcome: TurnOutcome, more: Partial<FinishInput> = {}) =>
        broker.finish(agent, {
          bootId,
          turn: turn.turn,
          fence: turn.fence,
          outcome,
          text: '',
          reason: null,
          notBefore: null,
          sessionId: null,
          usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0 },
          durationMs: 1,
          toolCalls: 0,
          workCalls: 0,
          answered: true,
          toolsMs: null,
          contextTokens: null,
          windowTokens: null,
          compacted: false,
          sessionMark: null,
          sessionBytes: null,
          sessionLost: null,
          ...more,
        }),
    };
  }

  return {
    dir,
    db,
    writer,
    events,
    memory,
    broker,
    mail,
    turns,
    topics,
    modules,
    limits,
    money,
    modelNames,
    /** How often a harness was told another model than before. */
    modelsTold: () => modelsTold,
    /** What the gateway would be told of budgets, oldest first. */
    budgetLines: lines,
    harnesses,
    starts,
    machine,
    troubles,
    clock,
    time,
    heard,
    listenerErrors,
    effectErrors,
    addAgent,
    rebuild: (name: string) => writer.write((tx) => nextGeneration(tx.db, name as AgentName)),
    /** A harness that sends hello and takes turns, as the broker sees it. */
    async boot(name: string, generation = 1) {
      const bootId = crypto.randomUUID();
      await broker.hello(name as AgentName, { bootId, generation, harnessVersion: 'test', pid: 1 });
      return resume(name, bootId);
    },
    resume,
    async close() {
      await writer.close();
      db.close();
      rmSync(dir, { recursive: true, force: true });
      if (effectErrors.length > 0) throw new AggregateError(effectErrors, 'something that follows a write broke');
    },
  };
}
