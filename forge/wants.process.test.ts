import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CODER, type ForgeRig, MANAGER, SCOUT, startRig } from './testing/forge-rig.ts';

let rig: ForgeRig;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.close());

/**
 * Vulnerability: protocol 2 serves every object by its id. Scenario: a secret is pushed, then its branch deleted or
 * overwritten; a caller that may read fetches commit and blob by id. Verified: refused in each version of the
 * protocol.
 */
test('an unreachable object cannot be fetched by its id', async () => {
  const work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  const url = `${rig.urlOf(MANAGER)}/shared/lib.git`;
  await rig.git('-C', work, 'push', '-q', url, 'main');
  const secret = await rig.makeWork('secret', { 'key.txt': 'SECRET\n' });
  const idOf = async (name: string) => (await rig.git('-C', secret, 'rev-parse', name)).stdout.trim();
  const ids = [await idOf('HEAD'), await idOf('HEAD:key.txt')];
  expect((await rig.git('-C', secret, 'push', '-q', url, 'HEAD:refs/heads/oops')).code).toBe(0);
  expect((await rig.git('-C', work, 'push', '-q', url, ':refs/heads/oops')).code).toBe(0);
  const tip = (await rig.git('-C', work, 'rev-parse', 'main')).stdout.trim();
  const other = await rig.makeWork('other', { 'b.txt': 'b\n' });
  for (const version of [0, 1, 2])
    for (const id of [...ids, tip]) {
      // An object reachable in one repository is not in another one.
      const repository = id === tip ? 'shared/docs' : 'shared/lib';
      const from = `${rig.urlOf(SCOUT)}/${repository}.git`;
      const fetched = await rig.git('-C', other, '-c', `protocol.version=${version}`, 'fetch', '-q', from, id);
      expect(fetched.code, `version ${version}`).not.toBe(0);
      expect((await rig.git('-C', other, 'cat-file', '-e', id)).code).not.toBe(0);
    }
});

test('partial and shallow clones work: reachable objects are served by id', async () => {
  const work = await rig.makeWork('work', { 'a.txt': 'first\n' });
  const url = `${rig.urlOf(CODER)}/coder/app.git`;
  const old = (await rig.git('-C', work, 'rev-parse', 'HEAD')).stdout.trim();
  await rig.git('-C', work, 'rm', '-q', 'a.txt');
  await rig.git('-C', work, 'commit', '-q', '-m', 'second');
  await rig.git('-C', work, 'push', '-q', url, 'main');
  const partial = join(rig.dir, 'partial');
  expect(await rig.git('clone', '-q', '--filter=blob:none', url, partial)).toMatchObject({ code: 0 });
  expect(await rig.git('-C', partial, 'checkout', '-q', old)).toMatchObject({ code: 0 });
  expect(await readFile(join(partial, 'a.txt'), 'utf8')).toBe('first\n');
  const shallow = join(rig.dir, 'shallow');
  expect(await rig.git('clone', '-q', '--depth=1', url, shallow)).toMatchObject({ code: 0 });
  expect(await rig.git('-C', shallow, 'fetch', '-q', '--unshallow')).toMatchObject({ code: 0 });
});

test('a shallow clone pushes back to its origin; elsewhere the remedy is named in one line', async () => {
  const work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  await rig.git('-C', work, 'commit', '-q', '--allow-empty', '-m', 'second');
  const url = `${rig.urlOf(CODER)}/coder/app.git`;
  await rig.git('-C', work, 'push', '-q', url, 'main');
  const shallow = join(rig.dir, 'shallow');
  await rig.git('clone', '-q', '--depth=1', url, shallow);
  await rig.git('-C', shallow, 'commit', '-q', '--allow-empty', '-m', 'third');
  expect(await rig.git('-C', shallow, 'push', '-q', 'origin', 'main')).toMatchObject({ code: 0, stderr: '' });
  const pushed = await rig.git('-C', shallow, 'push', `${rig.urlOf(CODER)}/coder/other.git`, 'main');
  expect(pushed.code).not.toBe(0);
  expect(pushed.stderr).toMatch(/^remote: This clone has only part of its history.*git fetch --unshallow/m);
});
