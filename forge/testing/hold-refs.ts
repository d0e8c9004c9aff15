import { join } from 'node:path';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import { moveRefArgv, NO_COMMIT } from '../git/policy.ts';
import { createGit } from '../git/process.ts';
import { openForgeDb } from '../store/forge-db.ts';
import { openPush } from '../store/pushes.ts';
import { findRepository } from '../store/repositories.ts';
import type { ForgeRig } from './forge-rig.ts';

/** Another forge moves a branch of this repository, and takes its time: every other change of refs waits. */
export async function holdRefs(
  rig: ForgeRig,
  { owner, name }: { owner: RepoOwner; name: RepoName },
): Promise<{ release: () => Promise<void> }> {
  const path = rig.repositoryDir(`${owner}/${name}`);
  const other = createGit({ path: process.env['PATH'] ?? '/usr/bin:/bin', killGraceMs: 100 });
  const ref = 'refs/heads/elsewhere';
  const git = await other.startHeld(moveRefArgv(path, { ref, from: NO_COMMIT, to: NO_COMMIT }));
  const db = openForgeDb(join(rig.dir, 'root', 'forge.db'), null);
  const repositoryId = findRepository(db, owner, name)?.id as number;
  openPush(db, { repositoryId, by: 'operator', pid: git.pid, commands: [{ ref, new: null }], at: 1 });
  db.close();
  return {
    async release() {
      git.kill();
      await git.ended;
    },
  };
}
