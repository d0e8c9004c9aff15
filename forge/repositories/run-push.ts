import { serveArgv } from '../git/policy.ts';
import type { GitProcess } from '../git/process.ts';
import type { PushCommand } from '../store/pushes.ts';
import type { Repository } from '../store/repositories.ts';
import type { ForgeCore } from './forge-core.ts';
import { beginHolding } from './hold-repository.ts';
import { recordRefs } from './record-refs.ts';
import { repackIfMany } from './repack.ts';

export interface Push {
  readonly repository: Repository;
  readonly by: string;
  /** What this connection asked for; only these changes are told under `by`. */
  readonly commands: readonly PushCommand[];
  /** Added to git's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Fires when the client went away. */
  readonly gone: AbortSignal;
}

/** Carries the exchange with the client; awaits `settle` between git's end and the answer's. */
export type ServePush = (git: GitProcess, settle: () => Promise<void>) => Promise<void>;

/**
 * One push: intent → git → record. Call it under the repository's push lock, when earlier pushes are
 * recorded. `serve` talks to git and awaits `settle` once git has ended and before the client is told
 * the end, so that a push that is over for the client is a fact. Whatever breaks after git moved a ref
 * is told by the next push, the next settling or start, since the intent stays.
 */
export async function runPush(core: ForgeCore, push: Push, serve: ServePush): Promise<void> {
  const { repository } = push;
  const path = core.places.repositoryDir(repository);
  const policy = { limits: core.limits, hooksDir: core.places.hooks };
  const argv = serveArgv('git-receive-pack', { path, advertise: false }, policy);
  // git has been given nothing when its row is written, so it cannot have changed anything.
  const { git, id } = await beginHolding(core, push, () => core.git.start(argv, push.env));
  await serve(git, () =>
    recordRefs(core, repository.id, { id, isLost: () => push.gone.aborted }).catch((error: unknown) =>
      core.log.error({ repo: `${repository.owner}/${repository.name}`, err: error }, 'a push is not recorded yet'),
    ),
  );
  core.inBackground(async () => {
    const release = await core.pushLocks.take(String(repository.id), core.stopping);
    try {
      await repackIfMany(core, repository, core.stopping);
    } finally {
      release();
    }
  });
}
