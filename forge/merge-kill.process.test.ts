/**
 * Vulnerability: a forge that is killed while it merges leaves a base that moved without its pull request, a pull
 * request that says "merged" without its commit, a fact twice, or a broken repository.
 * Scenario: kill -9 at a random moment while two clients merge pull requests into the same base, and again at the next
 * start. HIVE_TEST_KILLS kills; without it 12. `npm run soak` kills 500 times.
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
const PULLS = 2 * KILLS;
const app = { owner: 'operator' as const, name: 'app' as RepoName };

let dir: string;
let bundle: Awaited<ReturnType<typeof bundleForge>>;
beforeAll(async () => {
  bundle = await bundleForge();
  dir = await mkdtemp(join(tmpdir(), 'forge-merges-'));
  await mkdir(join(dir, 'root'), { recursive: true });
});
afterAll(async () => {
  await bundle.remove();
  await rm(dir, { recursive: true, force: true });
});

const git = (...argv: string[]) => gitIn(dir, argv);

/** Pull requests that are open at once. */
const AHEAD = 20;

test('killed while it merges, the forge has merged or it has not, each once, and the repository is whole', async () => {
  makeBranches(dir, PULLS);
  let child = await startForgeProcess(bundle.path, dir, []);
  const forge = connectSurface(forgeSurface, join(dir, 'forge.sock'), { connections: 4 });
  let opened = 0;
  let merged = 0;
  /** How long the last merge took (milliseconds): kills come at any moment of one, on a slow machine, too. */
  let took = 50;
  const openAll = async () => {
    for (let at = 1; at <= PULLS; at += 1) {
      await until('some are merged', () => at <= merged + AHEAD, 600_000);
      // One that was opened by a call that the kill cut off may be merged by now.
      const isThere = ['duplicate_pull', 'nothing_to_merge'];
      await insist(() => forge.call('openPull', { ...app, head: `b${at}`, title: `change ${at}` }), isThere);
      opened += 1;
    }
  };
  let next = 1;
  const mergeOn = async () => {
    while (next <= PULLS) {
      const number = next++;
      const merge = async () => {
        const from = performance.now();
        await forge.call('mergePull', { ...app, number });
        took = performance.now() - from;
      };
      await insist(merge, ['pull_ended']);
      merged += 1;
    }
  };
  const working = Promise.all([openAll(), mergeOn(), mergeOn()]);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = opened + merged;
    await until('something is done', () => opened + merged > before || merged === PULLS, 120_000);
    await sleep(Math.random() * took);
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
  const history = git(bare, 'rev-list', '--first-parent', '--reverse', 'main').split('\n').slice(1);
  const db = new Database(join(dir, 'root/forge.db'), { readonly: true });
  const list = (text: string) => db.prepare(text).pluck().all().map(String);
  // Each merge is one commit on main: no commit without its pull request, and none twice.
  expect(list(`SELECT merge_oid FROM pulls WHERE state = 'merged'`).toSorted()).toEqual(history.toSorted());
  expect(history).toHaveLength(PULLS);
  expect(git(bare, 'ls-tree', '--name-only', 'main').split('\n')).toHaveLength(PULLS);
  git(bare, 'fsck', '--full');
  expect(list(`SELECT id FROM pulls WHERE state <> 'merged' OR merging_oid IS NOT NULL`)).toEqual([]);
  const ends = list(`SELECT data FROM facts WHERE kind = 'forge.pull_ended'`);
  expect(ends).toHaveLength(PULLS);
  expect(new Set(ends).size).toBe(PULLS);
  expect(list('SELECT id FROM pushes')).toEqual([]);
  db.close();
}, 3_600_000);
