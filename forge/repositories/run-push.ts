import { serveArgv } from '../git/policy.ts';
import type { GitProcess } from '../git/process.ts';
import { openPush } from '../store/pushes.ts';
import type { Repository } from '../store/repositories.ts';
import type { ForgeCore } from './forge-core.ts';
import { recordRefs } from './record-refs.ts';
import { repackIfMany } from './repack.ts';
import { settlePushes } from './settle-pushes.ts';

export interface Push {
  readonly repository: Repository;
  readonly by: string;
  /** Added to git's environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * One push: intent → git → record. Call it under the repository's push lock. `serve` talks to git
 * and awaits `settle` once git has ended and before the client is told the end, so that a push that
 * is over for the client is a fact. Whatever breaks after git moved a ref is told by the next push
 * or start, since the intent stays.
 */
export async function runPush(
  core: ForgeCore,
  push: Push,
  serve: (git: GitProcess, settle: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const { repository, by } = push;
  const path = core.places.repositoryDir(repository);
  const policy = { limits: core.limits, hooksDir: core.places.hooks };
  await settlePushes(core, repository.id);
  const git = await core.git.start(serveArgv('git-receive-pack', { path, advertise: false }, policy), push.env);
  let pushId: number;
  try {
    // git has been given nothing yet, so it cannot have changed anything.
    pushId = openPush(core.db, { repositoryId: repository.id, by, pid: git.pid, at: core.clock() });
  } catch (error) {
    git.kill();
    throw error;
  }
  await serve(git, () =>
    recordRefs(core, repository.id, { by, pushId }).catch((error: unknown) =>
      core.log.error(
        { repo: `${repository.owner}/${repository.name}`, error: String(error) },
        'a push is not recorded yet',
      ),
    ),
  );
  core.inBackground(async () => {
    const release = await core.pushLocks.take(String(repository.id), core.stopping);
    try {
      await repackIfMany(core, repository);
    } finally {
      release();
    }
  });
}
