import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// Limits of an agent's files are enforced by measuring, so they are tested on a whole hive with real boxes that exceed
// them.
let hive: TestHive;
beforeAll(async () => {
  hive = await openTestHive({
    agents: ['manager'],
    // Long enough for a warning and its answer, short enough to wait for.
    config: { disk: { grace_ms: 3_000, measure_every_ms: 1_000 } },
  });
  await hive.start();
  await hive.admin.call('createAgent', { name: 'hog', spec: { limits: { diskMb: 40 } } });
  await hive.admin.call('createAgent', { name: 'hoarder', spec: { limits: { diskFiles: 300 } } });
  await hive.allIdle();
});
afterAll(() => hive.close());

const agent = async (name: string) => (await hive.admin.call('getAgent', { name: name as never })).agent;
const receipt = async (id: number) => {
  const { messages } = await hive.admin.call('getThread', { id });
  return messages[0]?.receipts[0];
};
const inbox = async (of: string) => (await hive.admin.call('listMessages', { of: of as never, limit: 1_000 })).messages;
const over = (name: string, isStop: boolean) =>
  hive.event(
    (event) => event.kind === 'disk.over' && event.agent === name && (event.data['stopsAt'] === null) === isStop,
  );

test('holes in files and links do not count: they raise no warning', async () => {
  const { code } = await hive.inBox('hog', ['sh', '-c', 'cd /agents/hog/state && truncate -s 20G hole && ln -s / root && mkdir a && ln -s ../a a/again']); // prettier-ignore
  expect(code).toBe(0);
  const report = await hive.admin.call('disk', {}, { timeoutMs: 120_000 });
  expect(report.owners.find((one) => one.agent === 'hog')?.bytes).toBeLessThan(10e6);
});

test('bytes beyond the limit: a warning with a grace period, a clean stop at its end, mail is kept; with space freed it continues', async () => {
  const { code } = await hive.inBox('hog', ['dd', 'if=/dev/urandom', 'of=/agents/hog/state/big', 'bs=1M', 'count=60']);
  expect(code).toBe(0);
  const told = await over('hog', false);
  expect(told.data).toMatchObject({ limitBytes: 40 * 1024 ** 2, reason: expect.stringMatching(/^it uses \d\d MB of 42 MB$/) as string }); // prettier-ignore
  expect(Number(told.data['stopsAt'])).toBeGreaterThan(told.at);
  const stopped = await over('hog', true);
  expect(stopped.seq).toBeGreaterThan(told.seq);
  const view = await hive.until(async () => {
    const found = await agent('hog');
    return found.state === 'stopped' && found;
  }, 'hog to be stopped');
  expect(view.reason).toMatch(/it uses \d\d MB of 42 MB; it was stopped\. Free space in .*agents\/hog, then: hivectl start hog/); // prettier-ignore
  const words = (await inbox('operator')).map(({ body }) => body).filter((body) => body.startsWith('hog'));
  expect(words.toSorted()).toEqual([
    expect.stringMatching(/^hog is over its limit of disk: it uses .* It is stopped in 1 min unless it frees space\.$/),
    expect.stringMatching(/^hog: it uses .* it was stopped\./),
  ]);
  const notice = (await inbox('hog')).find(({ body }) => body.startsWith('Your files take too much of the disk'));
  expect(notice?.from).toBe('system');
  // A clean stop: no turn was lost, and nothing counts against a message.
  const ends = (await hive.events('turn.finished')).filter((event) => event.agent === 'hog');
  expect(ends.map((event) => event.data['outcome'])).not.toContain('lost');

  const { id } = await hive.admin.call('send', { to: 'hog', body: 'are you there?' });
  expect(await receipt(id)).toMatchObject({ state: 'queued' });
  await rm(join(hive.root, 'agents/hog/state/big'));
  expect(await hive.hivectl(['start', 'hog'])).toMatchObject({ code: 0 });
  await hive.until(async () => (await receipt(id))?.state === 'done', 'its mail to be handled');
  const later = await hive.admin.call('disk', {}, { timeoutMs: 120_000 });
  expect(later.owners.find((one) => one.agent === 'hog')?.bytes).toBeLessThan(40 * 1024 ** 2);
  expect(await agent('hog')).toMatchObject({ desired: 'running' });
});

test('files beyond the limit are treated alike; started again without freed space, it is warned and stopped again', async () => {
  // A directory without permissions for its own user hides nothing.
  const script =
    'cd /agents/hoarder/state && mkdir -p many && cd many && for n in $(seq 400); do : > $n; done; chmod 0 .';
  expect((await hive.inBox('hoarder', ['sh', '-c', script])).code).toBe(0);
  const stopped = await over('hoarder', true);
  expect(String(stopped.data['reason'])).toMatch(/it uses 30\d of 300 files; it was stopped/);
  const count = async () =>
    (await hive.events('disk.over')).filter((event) => event.agent === 'hoarder' && event.data['stopsAt'] === null);
  await hive.until(async () => (await agent('hoarder')).state === 'stopped', 'hoarder to be stopped');
  expect(await hive.hivectl(['start', 'hoarder'])).toMatchObject({ code: 0 });
  await hive.until(async () => (await count()).length === 2, 'hoarder to be stopped again');
  await hive.until(async () => (await agent('hoarder')).state === 'stopped', 'hoarder to be stopped');
});
