/**
 * Vulnerability: a forge that is killed while it maintains a repository leaves it broken, or files that block it or fill
 * the disk. Scenario: kill -9 of the forge and its git at a random moment of maintenance, between and beside pushes.
 * Verified: git's check finds nothing, every branch is there, the next maintenance does all of it, and nothing is left.
 */
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BACKUP_PATHS } from '../protocol/forge-backup.ts';
import type { RepoName } from '../protocol/names.ts';
import { forgeSurface } from '../protocol/operations/services.ts';
import { connectSurface } from '../wire/client.ts';
import { bundleForge, startForgeProcess } from './testing/forge-process.ts';
import { gitIn, insist, makeBranches, repositoryIn } from './testing/killed-forge.ts';
import { gitGroupsIn } from './testing/processes.ts';
import { startRelay } from './testing/relay.ts';

const KILLS = Number(process.env['HIVE_TEST_KILLS'] ?? 4);
const app = { owner: 'operator' as const, name: 'app' as RepoName };

let dir: string;
let bundle: Awaited<ReturnType<typeof bundleForge>>;
beforeAll(async () => {
  bundle = await bundleForge();
  dir = await mkdtemp(join(tmpdir(), 'forge-upkeep-'));
  await mkdir(join(dir, 'root'), { recursive: true });
});
afterAll(async () => {
  await bundle.remove();
  await rm(dir, { recursive: true, force: true });
});

test('killed while it maintains a repository, the forge leaves it whole, and does the rest later', async () => {
  const bare = `--git-dir=${repositoryIn(dir)}`;
  const git = (...argv: string[]) => gitIn(dir, argv);
  makeBranches(dir, KILLS + 20);
  let child = await startForgeProcess(bundle.path, dir, []);
  const forge = connectSurface(forgeSurface, join(dir, 'forge.sock'));
  const began = performance.now();
  await forge.call('maintainRepo', app);
  const took = performance.now() - began;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    git(bare, 'update-ref', '-d', `refs/heads/b${kill}`);
    git(
      bare,
      'update-ref',
      `refs/heads/c${kill}`,
      git(bare, 'commit-tree', 'main^{tree}', '-p', 'main', '-m', `${kill}`),
    );
    const cut = forge.call('maintainRepo', app).catch(() => undefined);
    await sleep(Math.random() * took);
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    for (const group of await gitGroupsIn(dir)) killGroup(group);
    await ended;
    await cut;
    git(bare, 'fsck', '--full');
    child = await startForgeProcess(bundle.path, dir, []);
  }
  const { repo } = (await insist(() => forge.call('maintainRepo', app), []))!;
  expect(repo).toMatchObject({ did: ['graph', 'prune'], trouble: null, loose: 0 });
  await forge.close();
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
  git(bare, 'fsck', '--full');
  const names = git(bare, 'for-each-ref', '--format=%(refname:short)', 'refs/heads/').split('\n');
  expect(names).toHaveLength(KILLS + 20 + 1);
  const left = (await readdir(join(dir, 'root'), { recursive: true })).filter((name) =>
    /\.lock$|\.keep$|(?:^|\/)\.?tmp[_-]|^incoming\/./.test(name),
  );
  expect(left).toEqual([]);
}, 120_000);

test('a forge that is restored as a whole ends by itself, and its next start is the restored one', async () => {
  let child = await startForgeProcess(bundle.path, dir, []);
  const { server, url } = await startRelay(join(dir, 'forge.sock'));
  const ask = (path: string, body?: ArrayBuffer) =>
    fetch(`${url}${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body }),
      headers: { 'content-type': 'application/octet-stream', connection: 'close' },
    });
  const get = async (path: string) => (await ask(path)).arrayBuffer();
  try {
    const [database, bundled] = [await get(BACKUP_PATHS.database), await get(BACKUP_PATHS.bundle('operator', 'app'))];
    const branches = `${BACKUP_PATHS.stageBundle('operator', 'app')}?defaultBranch=main`;
    expect((await ask(branches, bundled)).status, 'the database comes first').toBe(409);
    expect((await ask(BACKUP_PATHS.stageDatabase, database)).status).toBe(200);
    expect((await ask(branches, bundled)).status).toBe(200);
    const ended = once(child, 'exit');
    expect((await ask(BACKUP_PATHS.stageEnd, new ArrayBuffer(0))).status).toBe(200);
    expect(await ended).toEqual([0, null]);
    child = await startForgeProcess(bundle.path, dir, []);
    const forge = connectSurface(forgeSurface, join(dir, 'forge.sock'));
    expect((await forge.call('fsckRepo', app)).repo.findings).toEqual([]);
    await forge.close();
    expect(await readdir(join(dir, 'root'))).not.toContain('restoring');
  } finally {
    server.close();
    child.kill('SIGKILL');
  }
}, 120_000);

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It exited by itself.
  }
}
