/**
 * Vulnerability: a forge that is killed while its merge queue works merges a pull request twice, moves the base without
 * its pull requests, or forgets what was queued.
 * Scenario: kill -9 at a random moment while two clients queue pull requests for the same base, and again at the next
 * start: while commits of the lane are made, between "checks passed" and "merged", while the base moves.
 * HIVE_TEST_KILLS kills; without it 12. `npm run soak` kills 500 times.
 */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RepoName } from '../protocol/names.ts';
import type { CheckJob } from '../protocol/schemas/check.ts';
import { forgeSurface } from '../protocol/operations/services.ts';
import { connectSurface } from '../wire/client.ts';
import { bundleForge, startForgeProcess } from './testing/forge-process.ts';
import { gitIn, insist, makeBranches, repositoryIn } from './testing/killed-forge.ts';
import { until } from './testing/until.ts';
import { holdChecks } from './testing/use-checks.ts';

const KILLS = Number(process.env['HIVE_TEST_KILLS'] ?? 12);
/** Some for each kill; those that are left over are merged after the last one. */
const PULLS = 3 * KILLS;
/** Pull requests that are queued at once. */
const AHEAD = 20;
const app = { owner: 'operator' as const, name: 'app' as RepoName };

let dir: string;
let bundle: Awaited<ReturnType<typeof bundleForge>>;
beforeAll(async () => {
  bundle = await bundleForge();
  dir = await mkdtemp(join(tmpdir(), 'forge-queue-'));
  await mkdir(join(dir, 'root'), { recursive: true });
});
afterAll(async () => {
  await bundle.remove();
  await rm(dir, { recursive: true, force: true });
});

const CHECKS = 'checks:\n  - name: unit\n    command: make test\n';
/** Each eighth pull request breaks main; its own checks do not see it. */
const isBroken = (number: number) => number % 8 === 0;

test('killed while its queue works, the forge merges each pull request once, tells it once, and forgets none', async () => {
  makeBranches(dir, PULLS, CHECKS);
  let child = await startForgeProcess(bundle.path, dir, []);
  const bare = `--git-dir=${repositoryIn(dir)}`;
  const git = (...argv: string[]) => gitIn(dir, [bare, ...argv]);
  const forge = connectSurface(forgeSurface, join(dir, 'forge.sock'), { connections: 6 });
  const rule = { pattern: 'main', approvals: 0, direct: 'nobody', queue: true } as const;
  await insist(() => forge.call('setRule', { ...app, ...rule }), []);
  let queued = 0;
  /** How many are merged or out, as far as an answer of the forge said so. */
  let ended = 0;
  const look = () =>
    insist(async () => {
      // Those that are queued after this are not counted.
      const before = queued;
      const { queues } = await forge.call('listQueues', app);
      ended = Math.max(ended, before - queues.reduce((sum, { entries }) => sum + entries.length, 0));
    }, []);
  const queueAll = async () => {
    for (let at = 1; at <= PULLS; at += 1) {
      await until('some have ended', async () => (await look(), at <= ended + AHEAD), 600_000);
      const open = () => forge.call('openPull', { ...app, head: `b${at}`, title: `change ${at}` });
      await insist(open, ['duplicate_pull', 'nothing_to_merge']);
      // One that was queued by a call that the kill cut off may be merged by now.
      await insist(() => forge.call('mergePull', { ...app, number: at, whenReady: true }), ['pull_ended']);
      queued = at;
    }
    await until('all have ended', async () => (await look(), ended === PULLS), 600_000);
  };
  const isOver = () => ended === PULLS;
  /** hived's side: a commit of the queue passes unless it has one that breaks main. */
  const check = async () => {
    while (!isOver()) {
      // Another one each time, so that a run is not waited for whose claim was cut off.
      const hived = holdChecks({ operator: forge });
      let job: CheckJob | null = null;
      await insist(async () => (job = await hived.claim(200)), []);
      if (job === null) continue;
      const { run, commit } = job as CheckJob;
      const isQueue = git('log', '-1', '--format=%s', commit).startsWith('Merge pull request');
      const files = git('ls-tree', '--name-only', commit).split('\n');
      const passes = !isQueue || !files.some((file) => isBroken(Number(file.slice(1))));
      await insist(() => hived.exit(run, passes ? 0 : 1), ['wrong_state']);
    }
  };
  const working = Promise.all([queueAll(), check()]);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = queued + ended;
    await until('something is done', async () => (await look(), queued + ended > before || isOver()), 120_000);
    await sleep(Math.random() * 200);
    child.kill('SIGKILL');
    await once(child, 'exit');
    child = await startForgeProcess(bundle.path, dir, []);
  }
  await working;
  await forge.close();
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;

  const numbers = Array.from({ length: PULLS }, (_, at) => at + 1);
  const good = numbers.filter((number) => !isBroken(number));
  const history = git('rev-list', '--first-parent', '--reverse', 'main').split('\n').slice(1);
  const db = new Database(join(dir, 'root/forge.db'), { readonly: true });
  const list = (text: string) => db.prepare(text).pluck().all().map(String);
  // Each merge is one commit on main: no commit without its pull request, and none twice.
  expect(list(`SELECT merge_oid FROM pulls WHERE state = 'merged'`).toSorted()).toEqual(history.toSorted());
  expect(list(`SELECT number FROM pulls WHERE state = 'merged' ORDER BY number`).map(Number)).toEqual(good);
  const files = ['.hive', ...good.map((number) => `f${number}`)];
  expect(git('ls-tree', '--name-only', 'main').split('\n').toSorted()).toEqual(files.toSorted());
  git('fsck', '--full');
  // Main was only ever at commits that had passed.
  const tips = list(`SELECT r.value ->> 'new' FROM facts, json_each(data, '$.refs') AS r
    WHERE kind = 'forge.pushed' AND r.value ->> 'ref' = 'refs/heads/main' AND r.value ->> 'old' IS NOT NULL`);
  const passed = new Set(list(`SELECT commit_oid FROM check_suites WHERE purpose = 'queue' AND state = 'passed'`));
  expect(tips.filter((tip) => !passed.has(tip))).toEqual([]);
  expect(tips.at(-1)).toBe(git('rev-parse', 'main'));
  expect(list('SELECT id FROM queue_entries UNION ALL SELECT id FROM queue_batches')).toEqual([]);
  const told = (kind: string) =>
    list(`SELECT data ->> 'number' FROM facts WHERE kind = '${kind}' ORDER BY id`).map(Number);
  const sorted = (list: number[]) => list.toSorted((a, b) => a - b);
  expect(sorted(told('forge.pull_ended'))).toEqual(good);
  expect(sorted(told('forge.pull_queued').filter((number) => !isBroken(number)))).toEqual(good);
  // A call that was cut off may have queued one, and queued it again after it was put out.
  expect(sorted(told('forge.pull_unqueued'))).toEqual(sorted(told('forge.pull_queued').filter(isBroken)));
  expect([...new Set(sorted(told('forge.pull_unqueued')))]).toEqual(numbers.filter(isBroken));
  expect(list('SELECT id FROM pushes')).toEqual([]);
  db.close();
}, 3_600_000);
