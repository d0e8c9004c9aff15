import type { AgentName } from '../../protocol/names.ts';
import type { AgentView } from '../../protocol/schemas/agent.ts';

const MINUTE = 60_000;

/** The usage of an agent or a turn; a cost of null stands for one call without a price. */
export const fakeUsage = (inputTokens: number, outputTokens: number, costUsd: number | null) => ({
  inputTokens,
  outputTokens,
  cacheReadTokens: inputTokens * 6,
  cacheWriteTokens: Math.round(inputTokens / 3),
  costUsd: costUsd ?? 0,
  unpricedCalls: costUsd === null ? 1 : 0,
});

export function fakeAgent(name: string, given: Partial<AgentView> & { role?: string; model?: string }): AgentView {
  const { role = 'helper', model = 'claude-sonnet-4-5', ...rest } = given;
  return {
    name: name as AgentName,
    parent: 'manager' as AgentName,
    spec: {
      role,
      driver: 'claude',
      model,
      image: 'hyperhive/base:bookworm',
      tools: ['Read', 'Edit', 'Bash'],
      prompt: '',
      limits: { memoryMb: 2048, cpus: 1, pids: 512, tmpMb: 256, diskMb: 0, diskFiles: 0 },
      turnTimeoutMs: 1_800_000,
    },
    desired: 'running',
    state: 'idle',
    reason: null,
    until: null,
    activity: null,
    turn: null,
    generation: 1,
    outdated: false,
    boxId: '3f9c2b7e41aa',
    sessionId: '0f8c1d7a-6a5f-4c0e-9d0a-2f1f3f1f7a11',
    provider: 'demo',
    queued: 0,
    leased: 0,
    dead: 0,
    quietUntil: null,
    turns: 12,
    usage: fakeUsage(18_240, 4_120, 0.42),
    createdAt: Date.now() - 3_000 * MINUTE,
    helloAt: Date.now() - 200 * MINUTE,
    disk: null,
    ...rest,
  };
}

/** Seven agents in the states that the page shows differently. */
export function fakeAgents(now: number): AgentView[] {
  return [
    fakeAgent('manager', {
      parent: null,
      role: 'plans and delegates',
      state: 'working',
      activity: 'send: {"to":"coder","body":"The parser test fails on empty input, please look"}',
      turn: 41,
      leased: 1,
      turns: 41,
      usage: fakeUsage(182_400, 31_020, 3.18),
      generation: 3,
    }),
    fakeAgent('coder', {
      role: 'writes the code',
      state: 'working',
      activity: 'Bash: npx vitest run src/parser',
      turn: 40,
      leased: 2,
      queued: 1,
      turns: 96,
      usage: fakeUsage(912_000, 120_400, 14.02),
      generation: 2,
      outdated: true,
    }),
    fakeAgent('reviewer', {
      role: 'reviews pull requests',
      state: 'rate_limited',
      reason: 'The provider allows the next request later (five-hour limit).',
      until: now + 7.4 * MINUTE,
      queued: 3,
      turns: 33,
      usage: fakeUsage(240_100, 18_900, 2.2),
    }),
    fakeAgent('scout', { role: 'reads and searches', turns: 18, usage: fakeUsage(64_200, 9_800, 0.61) }),
    fakeAgent('lint-bot', {
      parent: 'coder' as AgentName,
      role: 'keeps the house clean',
      model: 'local-model-7b',
      turns: 7,
      usage: fakeUsage(9_100, 800, null),
    }),
    fakeAgent('translator', {
      role: 'German and French docs',
      state: 'needs_login',
      reason: 'The provider refused the key: 401 authentication_error.',
      dead: 2,
      turns: 4,
      usage: fakeUsage(3_100, 420, 0.05),
    }),
    fakeAgent('archivist', {
      role: 'files what is done',
      state: 'stopped',
      desired: 'stopped',
      boxId: null,
      turns: 2,
      usage: fakeUsage(1_200, 240, 0.01),
    }),
  ];
}

const STATES: readonly Partial<AgentView>[] = [
  { state: 'idle' },
  { state: 'working', activity: 'Bash: npm test', leased: 1 },
  { state: 'stopped', desired: 'stopped' },
  { state: 'rate_limited', reason: 'The provider allows the next request later.', queued: 2 },
  { state: 'idle' },
  { state: 'failed', reason: 'The box keeps dying.', dead: 1 },
];

/** `count` agents in various states, with long names that differ only at their ends. */
export function fakeLargeFleet(count: number, now: number): AgentView[] {
  return Array.from({ length: count }, (_, i) => {
    const given = STATES[i % STATES.length] ?? {};
    return fakeAgent(`importer-frontend-worker-${String(i + 1).padStart(2, '0')}`, {
      role: `works on part ${i + 1}`,
      ...given,
      ...(given.state === 'rate_limited' ? { until: now + 600_000 + i * 1_000 } : {}),
    });
  });
}
