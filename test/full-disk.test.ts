import { execFile } from 'node:child_process';
import { rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fillDisk, mountSmallDisk } from './support/small-disk.ts';
import { TEST_TOOLCHAIN } from './support/test-clis.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

const isRoot = process.getuid?.() === 0;
const DISK_MB = 900;

// Vulnerability: one agent fills the disk, everything stops, and the culprit cannot be stopped.
describe.skipIf(!isRoot)('a disk that one agent or somebody else fills (mounting one needs root)', () => {
  let hive: TestHive;
  beforeEach(async () => {
    hive = await openTestHive({
      agents: ['manager', 'scout', 'coder'],
      mountRoot: (root) => mountSmallDisk(root, DISK_MB),
    });
    await hive.start();
    await hive.allIdle();
  });
  afterEach(() => hive.close());

  const agent = async (name: string) => (await hive.admin.call('getAgent', { name: name as never })).agent;
  const level = async () => (await hive.admin.call('status', {})).disk.level;
  const freeBytes = async () => {
    const { bavail, bsize } = await statfs(hive.root);
    return bavail * bsize;
  };
  const isDone = async (id: number) =>
    (await hive.admin.call('getThread', { id })).messages[0]?.receipts[0]?.state === 'done';
  const inbox = async () =>
    (await hive.admin.call('listMessages', { of: 'operator' as never, limit: 1_000 })).messages.map(({ body }) => body);

  test('an agent that writes as fast as it can is stopped, everybody is told, and the others continue once it is gone', async () => {
    // Scenario: a background process of its box writes until nothing is free.
    const writing = hive
      .inBox('scout', ['dd', 'if=/dev/zero', 'of=/agents/scout/state/big', 'bs=1M'])
      .catch(() => null);
    const culprit = await hive.until(async () => {
      const scout = await agent('scout');
      return scout.state === 'stopped' && scout;
    }, 'the writer to be stopped');
    await writing;
    expect(culprit).toMatchObject({ desired: 'stopped' });
    expect(culprit.reason).toMatch(/it was stopped. Free space in .*agents\/scout, then: hivectl start scout/);
    expect(
      (await hive.containers()).filter((box) => box.State === 'running').map((box) => box.Labels['hive.agent']),
    ).not.toContain('scout');
    await hive.event((event) => event.kind === 'disk.level' && event.data['level'] !== 'ok');
    await hive.until(async () => (await inbox()).some((body) => body.startsWith('scout: ')), 'the operator to be told');
    const told = (await inbox()).filter((body) => body.startsWith('The disk is nearly full'));
    expect(new Set(told).size).toBe(told.length);
    expect(told.at(-1)).toContain('agent scout');
    const ps = await hive.hivectl(['ps']);
    expect(ps.stderr).toMatch(/The disk is nearly full .* agent scout/);
    expect((await hive.hivectl(['status'])).stdout).toMatch(/disk .* free, (?:low|paused|full)/);
    const report = JSON.parse((await hive.hivectl(['disk', '--json'])).stdout) as {
      owners: { owner: string; bytes: number }[];
    };
    expect(report.owners[0]?.owner).toBe('agent scout');
    const doctor = await hive.hivectl(['doctor', '--json']);
    expect(doctor.stdout).toContain('hivectl destroy scout');

    const gone = await hive.hivectl(['destroy', 'scout', '--purge', 'scout']);
    expect(gone).toMatchObject({ code: 0 });
    await hive.until(async () => (await level()) === 'ok', 'the disk to have room again');
    await hive.allIdle();
    await hive.event((event) => event.kind === 'disk.level' && event.data['level'] === 'ok');
    const sent = await hive.admin.call('send', { to: 'coder', body: 'after' });
    await hive.until(() => isDone(sent.id), 'mail to be handled again');
    await hive.until(
      async () => (await hive.admin.call('status', {})).disk.reserveBytes > 0,
      'the reserve to be made again',
    );
  });

  test('at 0 bytes free the operator can stop, rebuild, destroy, sign in and set a key; hived starts; nothing is lost', async () => {
    const { id: before } = await hive.admin.call('send', { to: 'manager', body: 'before' });
    // Its turn is over: one that the full disk broke would be retried only minutes later.
    await hive.until(() => isDone(before), 'the message before to be handled');
    await hive.until(async () => (await hive.admin.call('status', {})).disk.reserveBytes > 0, 'the reserve');
    const filler = join(hive.root, 'filler');
    // A vital write may release the reserve meanwhile, and the process that fills the disk takes that space, too.
    await hive.until(async () => {
      await fillDisk(filler);
      return (await freeBytes()) === 0;
    }, 'the disk to have nothing free');
    await hive.until(async () => (await level()) === 'full', 'the disk to be full');
    // Other writes are refused, with the reason.
    await expect(hive.admin.call('send', { to: 'coder', body: 'more' })).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringContaining('hivectl disk') as string,
    });
    const fine = async (args: string[], stdin?: string) => {
      // Fills also the space that the last command had left of its portion of the reserve.
      await fillDisk(filler);
      const { code, stderr } = await hive.hivectl(args, stdin);
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: expect.any(String) });
    };
    await fine(['stop', 'scout']);
    await fine(['dashboard', 'link']);
    await fine(['quiet', 'coder', '10m']);
    await fine(['provider', 'set', 'anthropic'], `sk-ant-${'x'.repeat(90)}`);
    await fine(['provider', 'remove', 'anthropic']);
    await fine(['rebuild', 'coder']);
    await fine(['destroy', 'scout', '--purge', 'scout']);
    // Every running process may write: no box keeps running.
    await hive.until(async () => (await hive.containers()).every((box) => box.State !== 'running'), 'boxes to end');
    expect((await agent('manager')).reason).toMatch(/waits for room on the disk/);

    await fillDisk(filler);
    await hive.kill();
    await hive.start();
    expect(await level()).toBe('full');
    await fine(['stop', 'manager']);

    await rm(filler);
    await hive.until(async () => (await level()) === 'ok', 'the disk to have room again');
    await hive.admin.call('startAgent', { name: 'manager' as never });
    await hive.allIdle();
    const { messages } = await hive.admin.call('getThread', { id: before });
    expect(messages[0]?.body).toBe('before');
    const log = await hive.events();
    expect(log.map((event) => event.seq)).toEqual(log.map((_, index) => index + 1));
    expect(
      log.filter((event) => event.kind === 'agent.desired').map((event) => [event.agent, event.data['desired']]),
    ).toEqual([
      ['scout', 'stopped'],
      ['manager', 'stopped'],
      ['manager', 'running'],
    ]);
  });
});

// Vulnerability: a start that creates a build or a temporary directory before it checks whether there is anything to
// do.
describe.skipIf(!isRoot)('"npm start" on a disk without a free byte (mounting one needs root)', () => {
  let hive: TestHive;
  beforeEach(async () => {
    hive = await openTestHive({ agents: ['manager'], mountRoot: (root) => mountSmallDisk(root, DISK_MB) });
  });
  afterEach(() => hive.close());

  /** The whole of `npm start`, from the checkout: packages, build, set-up, hived in the background. */
  const npmStart = () =>
    promisify(execFile)(process.execPath, [join(import.meta.dirname, '../bin/start.mjs')], {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: join(hive.root, '..'),
        HIVE_ROOT: hive.root,
        HIVE_RUN: hive.run,
        HIVE_TOOLCHAIN_DIR: TEST_TOOLCHAIN,
        // Nothing may be written there either.
        TMPDIR: hive.root,
      },
    });
  const pid = async () => (await hive.admin.call('status', {})).pid;
  const freeBytes = async () => {
    const { bavail, bsize } = await statfs(hive.root);
    return bavail * bsize;
  };

  test('restarts a killed hive; it reports that the disk is full, and continues when there is space', async () => {
    await npmStart();
    await hive.until(async () => (await hive.admin.call('status', {})).disk.reserveBytes > 0, 'the reserve');
    const { id } = await hive.admin.call('send', { to: 'manager', body: 'before' });
    const first = await pid();
    process.kill(first, 'SIGKILL');
    await hive.until(async () => {
      // Processes that end with the hive may free or take a little space.
      await fillDisk(join(hive.root, 'filler'));
      return (await freeBytes()) === 0 && (await hive.admin.call('status', {}).catch(() => null)) === null;
    }, 'the disk to have nothing free');
    const { stdout } = await npmStart();
    expect(stdout).toMatch(/✔ hive: ready \(pid \d+\)/);
    expect(await pid()).not.toBe(first);
    const { disk } = await hive.admin.call('status', {});
    expect(disk).toMatchObject({ level: 'full', advice: expect.stringContaining('hivectl disk') as string });
    await rm(join(hive.root, 'filler'));
    await hive.until(async () => (await hive.admin.call('status', {})).disk.level === 'ok', 'the disk to have room');
    await hive.until(async () => {
      const { messages } = await hive.admin.call('getThread', { id });
      return messages[0]?.receipts[0]?.state === 'done';
    }, 'its mail to be handled');
    // From here on the hive is the test's own, whose close removes everything.
    expect(await hive.hivectl(['down', '--keep-boxes'])).toMatchObject({ code: 0 });
    await hive.start();
  });
});
