import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { decideShortage } from './decide-shortage.ts';
import { chooseLeftovers, clearTmp } from './end-leftovers.ts';
import { readSupplies, type Supplies } from './read-supplies.ts';
import { sayRoomMade } from './watch-box.ts';

const MIB = 1024 * 1024;
const PLENTY: Supplies = {
  oomKills: 3,
  memoryBytes: 512 * MIB,
  refusedPids: 7,
  maxPids: 64,
  maxFiles: 16_384,
  tmp: { totalBytes: 64 * MIB, freeBytes: 60 * MIB, freeFiles: 1_000 },
};
const full = { totalBytes: 64 * MIB, freeBytes: 0, freeFiles: 1_000 };

test.each<[string, Partial<Supplies>, string, string | null]>([
  ['nothing grew', {}, 'exit code 1', null],
  ['what was short before the turn is not its doing', { oomKills: 3, refusedPids: 7 }, 'x', null],
  ['a process was ended for want of memory', { oomKills: 4 }, 'x', 'out of memory (512 MB)'],
  ['the limit cannot be seen', { oomKills: 4, memoryBytes: null }, 'x', 'out of memory'],
  ['a process was refused', { refusedPids: 8 }, 'x', 'no more processes (limit 64)'],
  ['the CLI could not be spawned', { refusedPids: null }, 'spawn claude EAGAIN', 'no more processes (limit 64)'],
  ['words of the same kind', {}, 'the model said EAGAIN', null],
  [
    'the CLI died of descriptors',
    {},
    'The CLI ended with code 1. It said: EMFILE: too many open files',
    'no more open files (limit 16384)',
  ],
  [
    'the CLI could not be started',
    { maxFiles: null },
    'The CLI could not be started: spawn claude EMFILE.',
    'no more open files (limit 16384)',
  ],
  [
    'its directory could not be made ready',
    {},
    "The CLI's directory cannot be prepared: EMFILE: too many open files, scandir '/agents/a/harness/claude'",
    'no more open files (limit 16384)',
  ],
  [
    'the host has none',
    {},
    'The CLI could not be started: spawn claude ENFILE.',
    'no more open files on the whole host',
  ],
  ['the model speaks of it', {}, 'API Error: the model said EMFILE', null],
  ['/tmp is full', { tmp: full }, 'x', '/tmp is full (64 MB)'],
  ['no file can be made', { tmp: { ...full, freeBytes: 9 * MIB, freeFiles: 0 } }, 'x', '/tmp is full (too many files)'],
  ['several at once', { oomKills: 9, tmp: full }, 'x', 'out of memory (512 MB), /tmp is full (64 MB)'],
  ['nothing can be seen', { oomKills: null, refusedPids: null, tmp: null }, 'x', null],
])('a failed turn and the box: %s', (...[, change, words, reason]) => {
  expect(decideShortage(PLENTY, { ...PLENTY, ...change }, words)?.reason ?? null).toBe(reason);
});

test('what was exhausted is freed: /tmp too where it uses the memory', () => {
  const decide = (change: Partial<Supplies>) => decideShortage(PLENTY, { ...PLENTY, ...change }, '');
  expect(decide({ tmp: full })).toMatchObject({ clearTmp: true, endProcesses: false });
  expect(decide({ refusedPids: 8 })).toMatchObject({ clearTmp: false, endProcesses: true });
  expect(decide({ oomKills: 4 })).toMatchObject({ clearTmp: false, endProcesses: true });
  const heavy = { totalBytes: 400 * MIB, freeBytes: 300 * MIB, freeFiles: 10 };
  expect(decide({ oomKills: 4, tmp: heavy })).toMatchObject({ clearTmp: true, endProcesses: true });
  expect(sayRoomMade({ reason: '/tmp is full (64 MB)', clearTmp: true, endProcesses: false })).toBe(
    '(Your last turn broke off because your box was short: /tmp is full (64 MB). /tmp was emptied. Need less at a time, or ask for higher limits.)',
  );
});

test('leftover processes of commands are ended: not the harness, nor processes started from outside', () => {
  const processes = [
    { pid: 1, parent: 0 },
    { pid: 7, parent: 1 },
    { pid: 20, parent: 7 },
    { pid: 21, parent: 20 },
    { pid: 30, parent: 1 },
    { pid: 40, parent: 0 },
    { pid: 41, parent: 40 },
  ];
  expect(chooseLeftovers(processes, 7)).toEqual([20, 21, 30]);
});

async function scratch(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hive-supplies-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

test.each([
  [
    'v1',
    {
      'memory/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
      'memory/memory.limit_in_bytes': '536870912\n',
      'pids/pids.events': 'max 5\n',
      'pids/pids.max': '64\n',
    },
  ],
  [
    'v2',
    {
      'memory.events': 'low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\noom_group_kill 0\n',
      'memory.max': '536870912\n',
      'pids.events': 'max 5\n',
      'pids.max': '64\n',
    },
  ],
])('counters of cgroup %s are read', async (_, files) => {
  const dir = await scratch();
  for (const folder of ['memory', 'pids']) await mkdir(join(dir, folder));
  const limits = 'Limit   Soft Limit   Hard Limit   Units\nMax open files            16384     16384      files\n';
  await writeFile(join(dir, 'limits'), limits);
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  expect(await readSupplies({ cgroup: dir, tmp: join(dir, 'none'), limits: join(dir, 'limits') })).toEqual({
    oomKills: 2,
    memoryBytes: 512 * MIB,
    refusedPids: 5,
    maxPids: 64,
    maxFiles: 16_384,
    tmp: null,
  });
});

test('a missing or unlimited value is unknown', async () => {
  const dir = await scratch();
  await writeFile(join(dir, 'pids.max'), 'max\n');
  await mkdir(join(dir, 'memory'));
  await writeFile(join(dir, 'memory/memory.limit_in_bytes'), '9223372036854771712\n');
  const supplies = await readSupplies({ cgroup: dir, tmp: dir, limits: join(dir, 'none') });
  expect(supplies).toMatchObject({ oomKills: null, memoryBytes: null, refusedPids: null, maxPids: null });
  expect(supplies.maxFiles).toBeNull();
  expect(supplies.tmp?.totalBytes).toBeGreaterThan(0);
});

test('emptying /tmp removes symlinks and not their targets', async () => {
  const dir = await scratch();
  await mkdir(join(dir, 'tmp/deep/er'), { recursive: true });
  await writeFile(join(dir, 'kept'), 'x');
  await symlink(dir, join(dir, 'tmp/out'));
  await writeFile(join(dir, 'tmp/deep/er/file'), 'x');
  await clearTmp(join(dir, 'tmp'));
  expect(await readdir(dir)).toEqual(['kept', 'tmp']);
  expect(await readdir(join(dir, 'tmp'))).toEqual([]);
});
