/**
 * Vulnerability: a fork holds what its owner may not read: commits of deleted branches, of pull requests, of checks; it
 * depends on objects of another owner; or it is a way past a quota or a right. Scenario: a repository with all of these.
 * Verified on the disk: the fork's objects are exactly those that the branches and tags lead to.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RepoName } from '../protocol/names.ts';
import { CODER, MANAGER, SCOUT } from './testing/forge-rig.ts';
import { app, withPulls } from './testing/with-pulls.ts';

const forge = withPulls();
const fork = (who = SCOUT, more: object = {}) => forge.rig.agent(who).call('forkRepo', { ...app, ...more });
const objectsOf = async (name: string) => {
  const git = (...argv: string[]) => forge.rig.git(`--git-dir=${forge.rig.repositoryDir(name)}`, ...argv);
  const lines = async (...argv: string[]) => (await git(...argv)).stdout.trim().split('\n').toSorted();
  return {
    there: await lines('cat-file', '--batch-all-objects', '--batch-check=%(objectname)'),
    visible: await lines('rev-list', '--objects', '--no-object-names', '--branches', '--tags'),
    refs: await lines('for-each-ref', '--format=%(refname)'),
  };
};

test('a fork has the branches and tags of what its owner may read, and not one object more', async () => {
  await forge.pushChange('keep', ['b.txt', 'keep']);
  await forge.rig.git('-C', forge.work, 'tag', 'v1', 'keep');
  await forge.rig.git('-C', forge.work, 'push', '-q', forge.urlOf(CODER), 'v1');
  const hidden = await forge.pushChange('fix', ['b.txt', 'only in a pull request']);
  await forge.open('fix');
  await forge.pushChange('oops', ['key.txt', 'SECRET']);
  for (const branch of ['fix', 'oops'])
    await forge.rig.git('-C', forge.work, 'push', '-q', forge.urlOf(CODER), `:${branch}`);
  await forge.rig.operator.call('maintainRepo', app);
  const { repo } = await fork();
  expect(repo).toMatchObject({ owner: 'scout', name: 'app', branches: 2, forkOf: 'web/app', access: 'merge' });
  const { there, visible, refs } = await objectsOf('scout/app');
  expect(there).toEqual(visible);
  expect(there).not.toContain(hidden);
  expect(refs).toEqual(['refs/heads/keep', 'refs/heads/main', 'refs/tags/v1']);
  const objects = join(forge.rig.repositoryDir('scout/app'), 'objects');
  for (const name of await readdir(join(objects, 'pack')))
    expect((await stat(join(objects, 'pack', name))).nlink, 'no file is shared').toBe(1);
  expect(await readdir(join(objects, 'info'))).not.toContain('alternates');
  // It lives on without its origin, and its owner pushes to it.
  await forge.rig.operator.call('removeRepo', { ...app, purge: 'web/app' });
  const url = `${forge.rig.urlOf(SCOUT)}/scout/app.git`;
  expect((await forge.rig.git('-C', forge.work, 'push', '-q', url, 'main:mine')).code).toBe(0);
  expect((await forge.rig.operator.call('fsckRepo', { owner: SCOUT, name: app.name })).repo.findings).toEqual([]);
  const list = (await forge.rig.agent(SCOUT).call('listRepos', {})).repos;
  expect(list.find(({ owner }) => owner === 'scout')).toMatchObject({ forkOf: null });
});

test('what one may not read, or where one may not create, is refused; a name is taken once', async () => {
  const own = { owner: SCOUT, name: 'own' as RepoName };
  await forge.rig.agent(SCOUT).call('createRepo', { name: own.name });
  const other = { ...own, toName: 'stolen' };
  await expect(forge.rig.agent(CODER).call('forkRepo', other as never)).rejects.toMatchObject({ code: 'unknown_repo' });
  await expect(fork(SCOUT, { toOwner: 'shared' })).rejects.toMatchObject({ code: 'forbidden' });
  await expect(fork(SCOUT, { toOwner: 'web', toName: 'copy' })).rejects.toMatchObject({ code: 'forbidden' });
  expect((await fork(CODER, { toOwner: 'web', toName: 'copy' })).repo.owner).toBe('web');
  await fork();
  await expect(fork()).rejects.toMatchObject({ code: 'duplicate_repo' });
  expect(await readdir(join(forge.rig.dir, 'root/incoming'))).toEqual([]);
  // Somebody who sees the fork but not its origin does not learn of that.
  const seen = (await forge.rig.agent(MANAGER).call('listRepos', {})).repos.find(({ owner }) => owner === 'scout');
  expect(seen).toMatchObject({ forkOf: 'web/app' });
  await forge.rig.setProjects({ web: {} });
  const after = (await forge.rig.agent(SCOUT).call('listRepos', {})).repos.find(({ name }) => name === 'app');
  expect(after).toMatchObject({ owner: 'scout', forkOf: null });
});

test('the copied branches are told once, as the push of who forked; by Gitea’s API, too', async () => {
  await fork();
  const pushed = (await forge.rig.facts()).filter(({ repo, kind }) => repo === 'scout/app' && kind === 'forge.pushed');
  expect(pushed).toMatchObject([{ by: 'scout', data: { refs: [{ ref: 'refs/heads/main', old: null }] } }]);
  const answer = await fetch(`${forge.rig.urlOf(CODER)}/api/v1/repos/web/app/forks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'mine' }),
  });
  expect(answer.status).toBe(202);
  expect(await answer.json()).toMatchObject({ full_name: 'coder/mine', fork: true, default_branch: 'main' });
});
