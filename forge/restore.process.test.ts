/**
 * Vulnerability: a forge that is killed while it puts a restored repository in place of a damaged one forgets it, with
 * its pull requests, or serves half of it. Scenario: each state in which a kill can leave the disk. Verified: after the
 * next start the new one is in place, the old one among the removed ones, and the pull requests are there.
 */
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openForgeDb } from './store/forge-db.ts';
import { findRepository } from './store/repositories.ts';
import { allRestores, putRestore } from './store/restores.ts';
import { app, withPulls } from './testing/with-pulls.ts';

const forge = withPulls();
const KEPT = 'web.app.20270101T000000-000Z.git';
const ASIDE = '999999999.restored.git';

test.each([0, 1, 2])('killed after %i of the two renames', async (renames) => {
  const head = await forge.pushChange('fix', ['b.txt', 'fix']);
  const { number } = (await forge.open('fix')).pull;
  const root = join(forge.rig.dir, 'root');
  const place = forge.rig.repositoryDir('web/app');
  await forge.rig.restart(async () => {
    await forge.rig.git('clone', '-q', '--mirror', place, join(root, 'incoming', ASIDE));
    const db = openForgeDb(join(root, 'forge.db'), null);
    const repositoryId = findRepository(db, app.owner, app.name)!.id;
    putRestore(db, { repositoryId, aside: ASIDE, kept: KEPT });
    db.close();
    if (renames > 0) await rename(place, join(root, 'removed', KEPT));
    if (renames > 1) await rename(join(root, 'incoming', ASIDE), place);
  });
  await forge.rig.setProjects({ web: { coder: 'write', scout: 'review' } });
  expect((await forge.describe(number)).pull).toMatchObject({ state: 'open', commit: head });
  expect(await readdir(place), 'the new one').toContain('packed-refs');
  expect((await forge.rig.git('--git-dir', place, 'config', 'remote.origin.mirror')).stdout).toBe('true\n');
  expect(await readdir(join(root, 'removed'))).toEqual([KEPT]);
  expect(await readdir(join(root, 'incoming'))).toEqual([]);
  const db = openForgeDb(join(root, 'forge.db'), null);
  expect(allRestores(db)).toEqual([]);
  db.close();
  await forge.pushChange('next', ['b.txt', 'next']);
});
