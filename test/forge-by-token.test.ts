/**
 * A program outside of boxes works with the forge through the dashboard's address: real git and gitea-js with a token, a
 * real forge and a real dashboard, without hived.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { giteaApi } from 'gitea-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CODER, type ForgeRig } from '../forge/testing/forge-rig.ts';
import type { TokenScope } from '../protocol/access/token-scopes.ts';
import type { ProjectName } from '../protocol/names.ts';
import { type ForgeBehindDashboard, startForgeBehindDashboard } from './support/forge-behind-dashboard.ts';

let forge: ForgeBehindDashboard;
let rig: ForgeRig;

beforeAll(async () => {
  forge = await startForgeBehindDashboard();
  rig = forge.rig;
  await rig.setProjects({ ['web' as ProjectName]: { coder: 'write' } });
  const work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/web/app.git`, 'main');
});
afterAll(() => forge.stop());

const make = (name: string, scopes: TokenScope[]) => forge.makeToken(name, CODER, scopes);
const urlWith = (token: string) => forge.base.replace('//', `//coder:${token}@`);

test('git clones and pushes with a token; without the scope, and without a token, it is told', async () => {
  const write = await make('write', ['write:repository']);
  const read = await make('read', ['read:repository']);
  const clone = join(rig.dir, 'clone');
  expect((await rig.git('clone', '-q', `${urlWith(read)}/web/app.git`, clone)).stderr).toBe('');
  // Larger than one buffer, so that the body arrives in parts.
  await writeFile(
    join(clone, 'large.bin'),
    Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => (at * 7919) % 251)),
  );
  await rig.git('-C', clone, 'add', '.');
  await rig.git('-C', clone, 'commit', '-q', '-m', 'large');
  const refused = await rig.git('-C', clone, 'push', '-q', 'origin', 'main:large');
  expect([refused.code, refused.stderr]).toEqual([128, expect.stringContaining('it needs the scope write:repository')]);
  expect((await rig.git('-C', clone, 'push', '-q', `${urlWith(write)}/web/app.git`, 'main:large')).stderr).toBe('');
  const nobody = await rig.git('ls-remote', `${forge.base}/web/app.git`);
  expect([nobody.code, nobody.stderr]).toEqual([128, expect.stringContaining('could not read Username')]);
  expect((await rig.git('ls-remote', `${urlWith('guess')}/web/app.git`)).stderr).toContain('Authentication failed');
});

test('gitea-js gets addresses that lead back to where it asked, and pages for people', async () => {
  const token = await make('api', ['read:repository', 'read:user']);
  const api = giteaApi(forge.base, { token, customFetch: fetch });
  expect((await api.user.userGetCurrent()).data.login).toBe('coder');
  const { data } = await api.repos.repoGet('web', 'app');
  expect(data.clone_url).toBe(`${forge.base}/web/app.git`);
  expect(data.html_url).toBe(`${forge.origin}/forge/web/app`);
  const first = await api.repos.repoListBranches('web', 'app', { limit: 1 });
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  const second = await fetch(next, { headers: { authorization: `token ${token}` } });
  expect(((await second.json()) as { name: string }[]).map(({ name }) => name)).toEqual(['main']);
});
