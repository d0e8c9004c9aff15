import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PullView } from '../../../../protocol/schemas/pull.ts';
import type { QueueEntryView, QueueView } from '../../../../protocol/schemas/queue.ts';
import { runHivectl } from '../../testing/run-hivectl.ts';
import { openStandInForge } from '../../testing/stand-in-forge.ts';
import { openStandInHive, type StandInHive } from '../../testing/stand-in-hive.ts';

const COMMIT = 'c'.repeat(40);
const entry = (number: number, more: Partial<QueueEntryView> = {}): QueueEntryView => ({
  number,
  title: `Change ${number}`,
  author: 'coder',
  base: 'main',
  commit: COMMIT,
  by: 'operator',
  at: 0,
  mode: 'queue',
  method: 'merge',
  priority: 'normal',
  state: 'queued',
  position: number,
  reasons: [],
  ...more,
});
const PULL: PullView = {
  owner: 'web' as never,
  name: 'app' as never,
  number: 1,
  title: 'Change 1',
  author: 'coder',
  state: 'open',
  draft: false,
  base: 'main',
  head: 'fix',
  commit: COMMIT,
  openedAt: 0,
  updatedAt: 0,
  endedAt: null,
  endedBy: null,
  labels: [],
  mergeCommit: null,
};

let hive: StandInHive;
let forge: { close(): Promise<void> } | null = null;
beforeEach(async () => {
  hive = await openStandInHive({});
});
afterEach(async () => {
  await forge?.close();
  forge = null;
  await hive.close();
});

/** Runs `hivectl pr ...` with these answers of the forge; returns what it printed, and what it asked. */
async function run(answers: Readonly<Record<string, object>>, ...args: string[]) {
  const asked: unknown[] = [];
  await forge?.close();
  const noting = Object.entries(answers).map(([name, answer]) => [
    name,
    (input: unknown) => (asked.push(input), answer),
  ]);
  forge = await openStandInForge(hive.socket, Object.fromEntries(noting) as never);
  return { ...(await runHivectl(hive.socket, ['pr', ...args])), asked };
}

test('the merge queue is listed in order, with what runs and what is waited for', async () => {
  const queue: QueueView = {
    branch: 'main',
    entries: [
      entry(1, { state: 'testing' }),
      entry(7, { state: 'waiting', position: null, priority: 'high', reasons: ['it needs 1 approval'] }),
    ],
    runs: [{ commit: COMMIT, numbers: [1, 2], purpose: 'search', state: 'running', tries: 2, startedAt: 0 }],
  };
  const { out } = await run({ listQueues: { queues: [queue] } }, 'queue', 'web/app');
  expect(out).toMatch(/1 +#1 +coder +normal .* is in the merge queue of main as number 1, and its checks run/);
  expect(out).toMatch(/#7 +coder +high .* is merged when it may be: it needs 1 approval/);
  expect(out).toContain('main: the checks of #1, #2, to find which one fails run, for the 2. time, at cccccccccccc.');
  const none = await run({ listQueues: { queues: [] } }, 'queue', 'web/app');
  expect(none.out).toContain('hivectl forge rule set web/app main --queue');
});

test('a merge says whether it is done, queued or waiting; a pull request is taken out of the queue', async () => {
  const queued = await run(
    { mergePull: { pull: PULL, queue: entry(1) } },
    'merge',
    'web/app#1',
    '--when-ready',
    '--priority',
    'high',
  );
  expect(queued.out).toBe('web/app#1 is in the merge queue of main as number 1.\n');
  expect(queued.asked).toMatchObject([{ number: 1, whenReady: true, priority: 'high', method: 'merge' }]);
  const merged = { ...PULL, state: 'merged' as const, endedAt: 0, endedBy: 'operator', mergeCommit: COMMIT };
  const done = await run({ mergePull: { pull: merged, queue: null } }, 'merge', 'web/app#1');
  expect(done.out).toBe(`web/app#1 is merged into main as ${COMMIT}.\n`);
  const out = await run({ leaveQueue: { pull: PULL } }, 'unqueue', 'web/app#1');
  expect(out.out).toBe('web/app#1 is no longer in the merge queue.\n');
  expect(out.asked).toEqual([{ owner: 'web', name: 'app', number: 1 }]);
});
