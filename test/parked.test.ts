import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATIENCE_MS } from './support/patience.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// A rate limit, a missing login or a crash of the CLI never ends a harness: the agent is parked, and its view says why and
// until when.
let hive: TestHive;
beforeAll(async () => {
  hive = await openTestHive({
    agents: ['manager', 'limited', 'unknown', 'crashing'],
    config: { broker: { max_failures: 2 } },
  });
  await hive.start();
  for (const { name } of await agents()) await inState(name, 'idle');
});
afterAll(() => hive.close());

const agents = async () => (await hive.admin.call('listAgents', {})).agents;
const inState = (name: string, state: string, forMs = PATIENCE_MS) =>
  hive.until(
    async () => {
      const { agent } = await hive.admin.call('getAgent', { name });
      return agent.state === state && agent;
    },
    `${name} to be ${state}`,
    forMs,
  );

test('a rate limit parks the agent until the provider’s time; its mail waits and does not get nearer to dead', async () => {
  const { id } = await hive.admin.call('send', { to: 'limited', body: '@demo {"status":429,"retryAfter":600}' });
  const agent = await inState('limited', 'rate_limited');
  expect(agent.reason).toContain('429');
  expect(agent.until).toBeGreaterThan(Date.now() + 500_000);
  expect(agent.until).toBeLessThan(Date.now() + 700_000);
  expect(agent.queued).toBe(1);
  const table = await hive.hivectl(['ps']);
  expect(table.stdout).toMatch(/limited .*rate limited .*again in (9|10|11)m/);
  const { messages } = await hive.admin.call('getThread', { id });
  expect(messages[0]?.receipts[0]).toMatchObject({ state: 'queued', attempts: 1 });
});

test('a refused key is a missing login; a new key lets the agent continue at once', async () => {
  await hive.admin.call('send', { to: 'unknown', body: '@demo {"status":401}' });
  // Each refusal doubles the pause: on a slow machine a later one is long enough to see that it was cut short.
  for (let seq = 0, isCutShort = false; !isCutShort;) {
    const { until } = await inState('unknown', 'needs_login');
    const tries = (await hive.events('turn.started')).filter(({ agent }) => agent === 'unknown');
    seq = tries.at(-1)?.seq ?? 0;
    // To go without a key is a change of the account too.
    await hive.admin.call('useDemo', {});
    const again = await hive.event(
      (event) => event.kind === 'turn.started' && event.agent === 'unknown' && event.seq > seq,
    );
    isCutShort = again.at < (until ?? 0);
  }
});

test('a CLI that is killed under its turn fails the turn, not the harness; at the limit the message is dead', async () => {
  const { id } = await hive.admin.call('send', { to: 'crashing', body: '@Bash {"command":"kill -9 $PPID"}' });
  const failed = await hive.event((event) => event.kind === 'turn.finished' && event.agent === 'crashing');
  expect(failed.data['outcome']).toBe('failed');
  await hive.event(
    (event) => event.kind === 'harness.state' && event.agent === 'crashing' && event.data['state'] === 'backing_off',
  );
  const dead = await hive.event((event) => event.kind === 'delivery.dead' && event.agent === 'crashing');
  expect(dead.data['messages']).toEqual([id]);
  const inbox = await hive.admin.call('inbox', {});
  expect(inbox.messages.map((message) => message.body).join()).toContain(`#${id}`);
  // It keeps working: the next message gets its turn.
  const next = await hive.admin.call('send', { to: 'crashing', body: 'and now?' });
  await hive.event(
    (event) =>
      event.kind === 'turn.finished' &&
      event.data['outcome'] === 'done' &&
      (event.data['messages'] as number[]).includes(next.id),
  );
});

test('no harness and no box was restarted by any of this', async () => {
  const log = await hive.events();
  expect(log.filter((event) => event.kind === 'harness.hello')).toHaveLength(4);
  expect(log.filter((event) => event.kind === 'box.exited')).toEqual([]);
});
