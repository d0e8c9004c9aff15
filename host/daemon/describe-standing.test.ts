import { beforeEach, expect, test } from 'vitest';
import type { AgentName } from '../../protocol/names.ts';
import { agentMail } from '../../protocol/operations/agent-mail.ts';
import type { ProviderName } from '../../protocol/providers.ts';
import { describeStanding } from './describe-standing.ts';
import { requireAgent } from './modules/agents/known-agent.ts';
import { sayLimits } from './modules/agents/say-limits.ts';
import { handleTimers } from './modules/timers/handlers.ts';
import { createTimerGate } from './modules/timers/limits.ts';
import { resolveModel } from './modules/providers/resolve-models.ts';
import type { TestHive } from './testing/open-test-hive.ts';
import { withMoney } from './testing/with-money.ts';

const { current, record, report, set } = withMoney();
let hive: TestHive;
beforeEach(() => {
  hive = current();
});

const scout = 'scout' as AgentName;
const LEFT = { budget: '5 GB per day', left: '4 GB', until: null };
const entries = [
  { provider: 'lab' as ProviderName, model: 'qwen-3' },
  { provider: 'openai' as ProviderName, model: 'gpt-5-mini' },
];

const describeScout = (map = new Map<string, typeof entries>()) =>
  describeStanding(requireAgent(hive.db, scout), {
    db: hive.db,
    money: hive.money,
    quotas: { leftFor: () => [LEFT] },
    providers: { modelOf: (spec) => resolveModel(spec, { map, defaultProvider: 'anthropic' as ProviderName }) },
  });

test('an agent without a past has spent nothing, has no reminders and no mail, and its conversation is unknown', () => {
  expect(describeScout()).toEqual({
    budgets: [LEFT],
    hosts: [],
    models: [`anthropic/${requireAgent(hive.db, scout).spec.model}`],
    spent_today: { calls: 0, tokens: 0, usd: 0, unpriced_calls: 0 },
    reminders: { standing: 0, next: null },
    schedules: { standing: 0, next: null },
    unread: 0,
    context: { tokens: null, window: null },
  });
});

test('models are those that answer its requests, in their order', () => {
  const { model } = requireAgent(hive.db, scout).spec;
  expect(describeScout(new Map([[model, entries]])).models).toEqual(['lab/qwen-3', 'openai/gpt-5-mini']);
});

test('what it spent today, what budgets leave it, its waiting mail and the size of its conversation', async () => {
  await set('scout', 10);
  await report(record('scout', 0.25), record('scout', null), record('coder', 3));
  for (const body of ['one', 'two']) await hive.broker.send('operator', { to: scout, body });
  const harness = await hive.boot('scout');
  const turn = await harness.wake();
  await harness.finish(turn!, 'done', { sessionId: 's1', contextTokens: 31_000, windowTokens: 200_000 });
  await hive.broker.send('operator', { to: scout, body: 'three' });
  const standing = describeScout();
  expect(standing.spent_today).toEqual({ calls: 2, tokens: 250, usd: 0.25, unpriced_calls: 1 });
  expect(standing.budgets).toEqual([expect.objectContaining({ left: '$9.75' }), LEFT]);
  expect(standing.unread).toBe(1);
  expect(standing.context).toEqual({ tokens: 31_000, window: 200_000 });
  hive.time.now += 86_400_000;
  expect(describeScout().spent_today).toMatchObject({ calls: 0, usd: 0 });
});

test('its reminders and schedules, with the time of the next one', async () => {
  const gate = createTimerGate(hive, { maxStanding: 5, rate: { burst: 6, perMinute: 10 } });
  const { agent } = handleTimers({ ...hive, gate, quietMs: 600_000 });
  const as = { caller: scout, signal: new AbortController().signal, lastEventId: null };
  for (const in_seconds of [7_200, 3_600])
    await agent.remind(agentMail.remind.input.parse({ body: 'look', in_seconds }), as);
  await agent.schedule(agentMail.schedule.input.parse({ body: 'look', cron: '@daily' }), as);
  const next = new Date(hive.time.now + 3_600_000).toISOString();
  const { reminders, schedules } = describeScout();
  expect(reminders).toEqual({ standing: 2, next });
  expect(schedules).toEqual({ standing: 1, next: expect.stringMatching(/^\d{4}-\d\d-\d\dT00:00:00\.000Z$/) });
});

test('limits that an agent does not have are left out', () => {
  const { spec } = requireAgent(hive.db, scout);
  const limits = { memoryMb: 1_024, cpus: 1.5, pids: 256, tmpMb: 64, diskMb: 0, diskFiles: 0 };
  const none = { ...spec, limits, turnTimeoutMs: 1_800_000, turnToolCalls: 0 };
  expect(sayLimits(none)).toEqual({ memory_mb: 1_024, cpus: 1.5, processes: 256, tmp_mb: 64, turn_minutes: 30 });
  expect(
    sayLimits({ ...none, limits: { ...limits, diskMb: 500, diskFiles: 9 }, turnToolCalls: 40, turnOutputKb: 90 }),
  ).toMatchObject({ disk_mb: 500, disk_files: 9, turn_tool_calls: 40, turn_output_kb: 90 });
});
