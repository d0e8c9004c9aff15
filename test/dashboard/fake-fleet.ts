import type { AgentView } from '../../protocol/schemas/agent.ts';
import { fakeAgent } from './fake-data.ts';

const STATES: readonly Partial<AgentView>[] = [
  { state: 'idle' },
  { state: 'working', activity: 'Bash: npm test', leased: 1 },
  { state: 'stopped', desired: 'stopped' },
  { state: 'rate_limited', reason: 'The provider allows the next request later.', queued: 2 },
  { state: 'idle' },
  { state: 'failed', reason: 'The box keeps dying.', dead: 1 },
];

/** `count` agents in many states whose long names differ only at their ends. */
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
