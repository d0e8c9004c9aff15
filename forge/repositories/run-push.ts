import { setTimeout as sleep } from 'node:timers/promises';
import { HiveError } from '../../protocol/errors.ts';
import { serveArgv } from '../git/policy.ts';
import type { GitProcess } from '../git/process.ts';
import { openPush, type PushCommand } from '../store/pushes.ts';
import { getRepository, type Repository } from '../store/repositories.ts';
import type { ForgeCore } from './forge-core.ts';
import { recordRefs } from './record-refs.ts';
import { repackIfMany } from './repack.ts';
import { settleRepository } from './settle-pushes.ts';

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

const OTHER_FORGE_POLL_MS = 100;

/**
 * Waits until every earlier push of the repository is recorded: also one that another forge (an older
 * one, draining) still serves. Call it under the push lock. Rejects when the signal fires.
 */
export async function waitForEarlierPushes(core: ForgeCore, repositoryId: number, signal: AbortSignal): Promise<void> {
  while (!(await settleRepository(core, repositoryId))) {
    if (core.stopping.aborted) throw new HiveError('service_unavailable', 'The forge is restarting. Push again.');
    await sleep(OTHER_FORGE_POLL_MS, undefined, { signal });
  }
}

/**
 * One push: intent → git → record. Call it under the repository's push lock, when earlier pushes are
 * recorded. `serve` talks to git and awaits `settle` once git has ended and before the client is told
 * the end, so that a push that is over for the client is a fact. Whatever breaks after git moved a ref
 * is told by the next push, the next settling or start, since the intent stays.
 */
export async function runPush(core: ForgeCore, push: Push, serve: ServePush): Promise<void> {
  const { repository } = push;
  const { git, id } = await beginPush(core, push);
  await serve(git, () =>
    recordRefs(core, repository.id, id).catch((error: unknown) =>
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

/** Starts git and records the push; a push that another forge recorded in between is waited for. */
async function beginPush(core: ForgeCore, push: Push): Promise<{ git: GitProcess; id: number }> {
  const { repository, by, commands } = push;
  const path = core.places.repositoryDir(repository);
  const policy = { limits: core.limits, hooksDir: core.places.hooks };
  for (;;) {
    const git = await core.git.start(serveArgv('git-receive-pack', { path, advertise: false }, policy), push.env);
    try {
      // git has been given nothing yet, so it cannot have changed anything.
      const id = openPush(core.db, { repositoryId: repository.id, by, pid: git.pid, commands, at: core.clock() });
      if (id !== null) return { git, id };
    } catch (error) {
      git.kill();
      throw error;
    }
    git.kill();
    if (getRepository(core.db, repository.id) === null) throw new HiveError('unknown_repo');
    await waitForEarlierPushes(core, repository.id, push.gone);
  }
}
