import { afterEach, expect, test } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import { runHivectl } from '../testing/run-hivectl.ts';
import { openStandInHive, type StandInHive } from '../testing/stand-in-hive.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

const name = 'scout' as AgentName;

test('conversations are listed with age, turns, size, and why the last turn had them', async () => {
  const session = {
    id: 'b6179abd',
    driver: 'claude',
    isCurrent: true,
    copyOf: null,
    firstAt: 1,
    lastAt: 2,
    turns: 12,
    contextTokens: 31_000,
    windowTokens: 200_000,
    bytes: 110_000,
    choice: 'continue' as const,
    reason: 'cache warm',
  };
  let next: { choice: 'fork'; session: string } | null = null;
  hive = await openStandInHive({ listSessions: () => ({ sessions: [session], next }) });
  const { out } = await runHivectl(hive.socket, ['sessions', 'ls', 'scout']);
  for (const text of [
    'b6179abd *',
    '12',
    '31k of 200k',
    '110 kB',
    'continue: cache warm',
    'hivectl sessions use scout ID',
  ])
    expect(out).toContain(text);
  next = { choice: 'fork', session: 'b6179abd' };
  expect((await runHivectl(hive.socket, ['sessions', 'ls', 'scout'])).out).toContain(
    'Next turn: continues a copy of b6179abd.',
  );
});

test('use, reset and fork say what the next turn does', async () => {
  const asked: unknown[] = [];
  const choose = (input: object) => {
    asked.push(input);
    return { name, session: 'session' in input ? String(input.session) : 'current' };
  };
  hive = await openStandInHive({ useSession: choose, resetSession: choose, forkSession: choose });
  const say = async (...argv: string[]) => (await runHivectl(hive?.socket ?? '', ['sessions', ...argv])).out.trim();
  expect(await say('use', 'scout', 'b61')).toBe("scout's next turn continues b61.");
  expect(await say('reset', 'scout')).toBe("scout's next turn begins a fresh conversation.");
  expect(await say('fork', 'scout')).toBe("scout's next turn continues a copy of current.");
  expect(asked).toEqual([{ name, session: 'b61' }, { name }, { name }]);
});

test('a simulation is a table of the policies, and says what it assumes; without turns it says so', async () => {
  const sum = (policy: 'default' | 'always_continue', usd: number) => ({
    policy,
    inputTokens: 0,
    cacheReadTokens: 900_000,
    cacheWriteTokens: 40_000,
    outputTokens: 5_000,
    usd,
    fresh: 2,
    compacted: 1,
  });
  const policies = [sum('default', 1.5), sum('always_continue', 4)];
  let agents = [{ name, turns: 40, model: 'm', isPriced: false, policies }];
  hive = await openStandInHive({ simulateSessions: () => ({ agents, total: policies }) });
  const { out } = await runHivectl(hive.socket, ['sessions', 'simulate']);
  for (const text of ["the hive's own", '$1.50', 'always continue', '$4.00', '40 turns of 1 agents', 'no known price'])
    expect(out).toContain(text);
  agents = [];
  expect((await runHivectl(hive.socket, ['sessions', 'simulate', 'scout'])).out).toContain('No turns');
});
