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
import { forgeSurface } from '../protocol/operations/services.ts';
import { connectSurface } from '../wire/client.ts';
import { bundleForge, startForgeProcess } from './testing/forge-process.ts';
import { gitIn, insist, makeBranches, repositoryIn } from './testing/killed-forge.ts';
import { until } from './testing/until.ts';

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

test('killed while its queue works, the forge merges each pull request once, tells it once, and forgets none', async () => {
  makeBranches(dir, PULLS);
  let child = await startForgeProcess(bundle.path, dir, []);
  const forge = connectSurface(forgeSurface, join(dir, 'forge.sock'), { connections: 4 });
  const rule = { pattern: 'main', approvals: 0, direct: 'nobody', queue: true } as const;
  await insist(() => forge.call('setRule', { ...app, ...rule }), []);
  const count = async () => {
    const { queues } = await forge.call('listQueues', app);
    return queues.reduce((sum, { entries }) => sum + entries.length, 0);
  };
  /** How many are merged, as far as an answer of the forge said so. */
  let merged = 0;
  let queued = 0;
  const look = () =>
    insist(async () => {
      // Those that are queued after this are not counted as merged.
      const before = queued;
      merged = Math.max(merged, before - (await count()));
    }, []);
  const queueAll = async () => {
    for (let at = 1; at <= PULLS; at += 1) {
      await until('some are merged', async () => (await look(), at <= merged + AHEAD), 600_000);
      const open = () => forge.call('openPull', { ...app, head: `b${at}`, title: `change ${at}` });
      await insist(open, ['duplicate_pull', 'nothing_to_merge']);
      // One that was queued by a call that the kill cut off may be merged by now.
      await insist(() => forge.call('mergePull', { ...app, number: at }), ['pull_ended']);
      queued = at;
    }
    await until('all are merged', async () => (await look(), merged === PULLS), 600_000);
  };
  const working = queueAll();
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = queued + merged;
    await until('something is done', async () => (await look(), queued + merged > before || merged === PULLS), 120_000);
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

  const bare = `--git-dir=${repositoryIn(dir)}`;
  const git = (...argv: string[]) => gitIn(dir, [bare, ...argv]);
  const history = git('rev-list', '--first-parent', '--reverse', 'main').split('\n').slice(1);
  const db = new Database(join(dir, 'root/forge.db'), { readonly: true });
  const list = (text: string) => db.prepare(text).pluck().all().map(String);
  // Each merge is one commit on main: no commit without its pull request, and none twice.
  expect(list(`SELECT merge_oid FROM pulls WHERE state = 'merged'`).toSorted()).toEqual(history.toSorted());
  expect(history).toHaveLength(PULLS);
  expect(git('ls-tree', '--name-only', 'main').split('\n')).toHaveLength(PULLS);
  expect(() => git('fsck', '--full')).not.toThrow();
  expect(list('SELECT id FROM queue_entries')).toEqual([]);
  for (const kind of ['forge.pull_queued', 'forge.pull_ended']) {
    const told = list(`SELECT data ->> 'number' FROM facts WHERE kind = '${kind}'`);
    expect(told).toHaveLength(PULLS);
    expect(new Set(told).size).toBe(PULLS);
  }
  expect(list(`SELECT id FROM facts WHERE kind = 'forge.pull_unqueued'`)).toEqual([]);
  expect(list('SELECT id FROM pushes')).toEqual([]);
  db.close();
}, 3_600_000);
