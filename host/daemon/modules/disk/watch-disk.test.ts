import { expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import type { DiskOwner } from '../../../../protocol/schemas/disk.ts';
import { createAgentMemory } from '../../core/agent-memory.ts';
import { type DiskActions, watchDisk } from './watch-disk.ts';

const MIB = 1024 ** 2;
const GRACE_MS = 600_000;

/** A watch over a simulated disk and files, on the test's clock. */
async function open({ freeBytes = 900 * MIB } = {}) {
  const time = { now: 0 };
  const use = new Map<string, number>([['scout', 5 * MIB]]);
  const whole = new Map<string, boolean>();
  const wanted = new Set(['scout', 'coder']);
  const fullMailboxes = new Set<string>();
  const did: string[] = [];
  const errors: unknown[] = [];
  let measured = 0;
  const owner = (name: string, bytes: number, agent: string | null): DiskOwner => ({
    owner: name,
    agent: agent as AgentName | null,
    bytes,
    files: 1,
    limitBytes: agent === null ? 0 : 10 * MIB,
    limitFiles: 0,
    whole: whole.get(agent ?? '') ?? true,
  });
  const memory = createAgentMemory();
  const watch = await watchDisk({
    memory,
    filesOf: (name) => `/hive/agents/${name}`,
    statfs: async () => ({ freeBytes, totalBytes: 1000 * MIB, freeFiles: 0, files: 0 }),
    reserve: () => ({
      kept: () => 20 * MIB,
      check: async () => undefined,
      giveUp: () => true,
      make: async () => undefined,
    }),
    async measureAgents() {
      measured += 1;
      const agents = [...use].map(([name, bytes]) => owner(`agent ${name}`, bytes, name));
      return { agents, shared: new Map(), all: owner('shared', 0, null) };
    },
    measureOthers: async () => [],
    marks: { lowMb: 100, pauseMb: 50, stopMb: 10, reserveMb: 20 },
    graceMs: GRACE_MS,
    measureEveryMs: 1,
    clock: () => time.now,
    steady: () => time.now,
    onError: (error) => errors.push(error),
  });
  const actions: DiskActions = {
    apply: async () => undefined,
    async stopAgent(name) {
      did.push(`stop ${name}`);
      wanted.delete(name);
    },
    isWanted: (name) => wanted.has(name),
    async tell(to, body) {
      if (fullMailboxes.has(to)) throw new Error('mailbox full');
      did.push(`tell ${to}: ${body}`);
    },
    recordLevel: async () => undefined,
    recordOver: async () => undefined,
    catchUp: async () => undefined,
  };
  watch.actWith(actions);
  return {
    watch, time, use, whole, wanted, fullMailboxes, did, errors,
    memory, measured: () => measured,
    async checkAfter(ms: number) {
      time.now += ms;
      await watch.check();
      return did.splice(0).map((line) => line.slice(0, 24));
    },
  }; // prettier-ignore
}

test('over its limit: notified once, stopped after the grace period, reported to the operator; after a start it has a new grace period', async () => {
  const disk = await open();
  expect(await disk.checkAfter(10)).toEqual([]);
  disk.use.set('scout', 11 * MIB);
  expect(await disk.checkAfter(10)).toEqual(['tell scout: Your files t', 'tell operator: scout is ']);
  expect(await disk.checkAfter(GRACE_MS - 1)).toEqual([]);
  expect(await disk.checkAfter(1)).toEqual(['stop scout', 'tell operator: scout: it']);
  // Stopped: no further notice.
  expect(await disk.checkAfter(GRACE_MS * 2)).toEqual([]);
  disk.wanted.add('scout');
  expect(await disk.checkAfter(10)).toEqual(['tell scout: Your files t', 'tell operator: scout is ']);
  expect(await disk.checkAfter(GRACE_MS)).toEqual(['stop scout', 'tell operator: scout: it']);
  disk.use.set('scout', 1);
  disk.wanted.add('scout');
  expect(await disk.checkAfter(10)).toEqual([]);
});

test('an agent that is stopped over its limit is neither notified nor stopped, however often the hive starts', async () => {
  for (let starts = 0; starts < 2; starts += 1) {
    const disk = await open();
    disk.wanted.delete('scout');
    disk.use.set('scout', 11 * MIB);
    expect(await disk.checkAfter(10)).toEqual([]);
    expect(await disk.checkAfter(GRACE_MS)).toEqual([]);
  }
});
test('time while stopped does not count towards the grace period', async () => {
  const disk = await open();
  disk.use.set('scout', 11 * MIB);
  await disk.checkAfter(10);
  disk.wanted.delete('scout');
  expect(await disk.checkAfter(GRACE_MS)).toEqual([]);
  disk.wanted.add('scout');
  expect(await disk.checkAfter(GRACE_MS)).toEqual(['tell scout: Your files t', 'tell operator: scout is ']);
});

// Attacks. Vulnerability: limits that are measured periodically. Verified: no way around the grace period, and no
// flood of notices.
test('alternating above and below: one notice, and the grace period continues', async () => {
  const disk = await open();
  const told: string[] = [];
  for (let n = 0; n < 9; n += 1) {
    disk.use.set('scout', n % 2 === 0 ? 11 * MIB : 9 * MIB);
    told.push(...(await disk.checkAfter(GRACE_MS / 4)));
  }
  expect(told).toEqual(['tell scout: Your files t', 'tell operator: scout is ', 'stop scout', 'tell operator: scout: it']); // prettier-ignore
});
test('files that cannot be counted after the notice: stopped all the same', async () => {
  const disk = await open();
  disk.use.set('scout', 11 * MIB);
  await disk.checkAfter(10);
  disk.use.set('scout', 0);
  disk.whole.set('scout', false);
  expect(await disk.checkAfter(GRACE_MS)).toContain('stop scout');
});
test('a full mailbox prevents neither the notice to the operator nor the check of other agents', async () => {
  const disk = await open();
  disk.use.set('scout', 12 * MIB).set('coder', 11 * MIB);
  disk.fullMailboxes.add('scout');
  expect(await disk.checkAfter(10)).toEqual(['tell operator: scout is ', 'tell coder: Your files t', 'tell operator: coder is ']); // prettier-ignore
  expect(disk.errors).toHaveLength(1);
});

test('a report of the last measurement walks no files', async () => {
  const disk = await open();
  await disk.checkAfter(10);
  expect(disk.measured()).toBe(1);
  disk.time.now += 60_000;
  expect((await disk.watch.report('known')).measuredAt).toBe(10);
  expect(disk.measured()).toBe(1);
  expect((await disk.watch.report('now')).measuredAt).toBe(60_010);
  expect(disk.measured()).toBe(2);
});

test('a later agent with the same name inherits neither a measurement nor grace time', async () => {
  const disk = await open();
  const scout = 'scout' as AgentName;
  disk.use.set(scout, 11 * MIB);
  await disk.checkAfter(10);
  expect([disk.watch.useOf(scout)?.bytes, disk.memory.heldOf(scout)]).toEqual([11 * MIB, ['time of grace']]);
  disk.use.delete(scout);
  disk.watch.forget(scout);
  disk.memory.forget(scout);
  expect([disk.watch.useOf(scout), disk.memory.heldOf(scout)]).toEqual([null, []]);
});

// Vulnerability: a start that walks everybody's files takes as long as they are many.
test('the check before the hive is ready measures files only when space is short; the next one measures', async () => {
  const disk = await open();
  await disk.watch.check({ beforeReady: true });
  expect(disk.measured()).toBe(0);
  await disk.watch.check();
  expect(disk.measured()).toBe(1);
  const short = await open({ freeBytes: 20 * MIB });
  await short.watch.check({ beforeReady: true });
  expect(short.measured()).toBe(1);
});
