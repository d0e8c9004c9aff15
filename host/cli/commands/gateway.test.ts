import { afterEach, expect, test } from 'vitest';
import type { OpOutput } from '../../../protocol/op.ts';
import type { gatewayOperations } from '../../../protocol/operations/gateway.ts';
import { runHivectl } from '../testing/run-hivectl.ts';
import { openStandInHive, type StandInHive } from '../testing/stand-in-hive.ts';

type Described = OpOutput<typeof gatewayOperations.describeGateway>;

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

const NOW = Date.UTC(2027, 0, 31, 12);
const USAGE = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
const described = (more: Partial<Described> = {}): Described => ({
  service: { name: 'gateway', state: 'running', pid: 42, restarts: 1, reason: null },
  now: {
    startedAt: NOW - 7_200_000,
    rssBytes: 84_000_000,
    agents: 7,
    connected: [{ agent: 'coder' as never, connections: 2 }],
    calls: [
      {
        agent: 'coder' as never,
        provider: 'lab' as never,
        model: 'deep\u001B[2J-1',
        insteadOf: 'anthropic/claude-sonnet-5',
        startedAt: NOW - 12_000,
        usage: { ...USAGE, inputTokens: 11_000, cacheReadTokens: 1_000, outputTokens: 340, costUsd: 0.042 },
      },
      { agent: 'scout' as never, provider: null, model: null, insteadOf: null, startedAt: NOW, usage: { ...USAGE, costUsd: null } },
    ],
    openCalls: 5,
    held: [{ provider: 'lab' as never, key: 'main', models: 'sonnet', kind: 'rate', until: NOW + 65_000 }],
    limits: 1,
    connections: [],
    openConnections: 0,
  },
  lately: { since: NOW - 3_600_000, calls: 12, usage: { ...USAGE, costUsd: 1.2, unpricedCalls: 0 }, usdPerHour: 1.2 },
  ...more,
}); // prettier-ignore

test('the gateway is shown with its calls, limits and connections; text of a box cannot move the cursor', async () => {
  hive = await openStandInHive({ describeGateway: () => described() });
  const { out, code } = await runHivectl(hive.socket, ['gateway'], { now: NOW });
  expect(code).toBe(0);
  expect(out).toMatch(/^gateway {4}running, pid 42, up 2h, 84 MB, 1 restart$/m);
  expect(out).toMatch(/^spending {3}\$1\.20 in 12 calls since .*: \$1\.20 an hour$/m);
  expect(out).toMatch(/^agents {5}7, connected: coder$/m);
  expect(out).toMatch(/^coder +lab +deep.*-1 instead of anthropic\/claude-sonnet-5 +12s +12k +340 +\$0\.04$/m);
  expect(out).toMatch(/^scout +\(not asked yet\) +0ms +0 +0$/m);
  expect(out).toContain('and 3 more.');
  expect(out).toMatch(/^lab +main +sonnet +rate limit +in 1m 5s/m);
  expect(out).toContain('Connections to hosts: none.');
  expect(out).not.toContain('\u001B');
});

test('a gateway that does not run or answer says why, and --json is the answer itself', async () => {
  const down = described({
    now: null,
    service: { name: 'gateway', state: 'backing_off', pid: null, restarts: 3, reason: 'exited with 1' },
  });
  hive = await openStandInHive({ describeGateway: () => down });
  const { out } = await runHivectl(hive.socket, ['gateway']);
  expect(out).toMatch(/^gateway {4}backing off, 3 restarts\n {11}exited with 1$/m);
  expect(out).toContain('The gateway does not say what it does.');
  expect(JSON.parse((await runHivectl(hive.socket, ['gateway', '--json'])).out)).toEqual(down);
});
