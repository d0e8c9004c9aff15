import { setTimeout as sleep } from 'node:timers/promises';
import { HiveError } from '../../protocol/errors.ts';
import { gitFailed, type GitProcess } from '../git/process.ts';
import { openPush, type PushCommand } from '../store/pushes.ts';
import { getRepository, type Repository } from '../store/repositories.ts';
import type { ForgeCore } from './forge-core.ts';
import { recordRefs } from './record-refs.ts';
import { settleRepository } from './settle-pushes.ts';

const OTHER_FORGE_POLL_MS = 100;

/**
 * Waits until every earlier push of the repository is recorded, including those that another forge (an older one,
 * draining) still serves. Call it under the push lock. Rejects when the signal aborts.
 */
export async function waitForEarlierPushes(core: ForgeCore, repositoryId: number, signal: AbortSignal): Promise<void> {
  while (!(await settleRepository(core, repositoryId))) {
    if (core.stopping.aborted) throw new HiveError('service_unavailable', 'The forge is restarting. Try again.');
    await sleep(OTHER_FORGE_POLL_MS, undefined, { signal });
  }
}

/**
 * Starts a git and records that it holds the repository: until the row is closed (recordRefs) no other push begins,
 * in any forge. A push that another forge began in between is waited for. `start` must start a git that changes
 * nothing before it gets input. Call it under the push lock. Throws `unknown_repo`.
 */
export async function beginHolding(
  core: ForgeCore,
  work: { repository: Repository; by: string; commands: readonly PushCommand[]; gone: AbortSignal },
  start: () => Promise<GitProcess>,
): Promise<{ git: GitProcess; id: number }> {
  const { repository, by, commands, gone } = work;
  for (;;) {
    const git = await start();
    try {
      const id = openPush(core.db, { repositoryId: repository.id, by, pid: git.pid, commands, at: core.clock() });
      if (id !== null) return { git, id };
    } catch (error) {
      git.kill();
      throw error;
    }
    git.kill();
    if (getRepository(core.db, repository.id) === null) throw new HiveError('unknown_repo');
    await waitForEarlierPushes(core, repository.id, gone);
  }
}

export interface Maintenance {
  readonly repository: Repository;
  readonly argv: readonly string[];
  readonly signal: AbortSignal;
  /** Awaited before git begins and after it succeeded, while no push may begin. */
  readonly prepare?: () => Promise<void>;
  readonly finish?: () => Promise<void>;
  /** Ends git, or keeps it from beginning. Default: nothing does. */
  readonly ends?: AbortSignal;
  /** Whether git leaves processor and disk to others. */
  readonly isModest?: boolean;
}

/**
 * Runs git on the objects of a repository while no forge serves a push in it. Call it under the push lock. Resolves
 * with whether git was left to its end. Throws `unknown_repo`, `internal` when git fails.
 */
export async function maintainObjects(core: ForgeCore, work: Maintenance): Promise<boolean> {
  const { repository, argv, signal, ends, isModest = false } = work;
  const holding = { repository, by: 'system', commands: [], gone: signal };
  const { git, id } = await beginHolding(core, holding, () => core.git.startHeld(argv, { isModest }));
  const end = () => git.kill();
  const isEnded = () => ends?.aborted === true;
  ends?.addEventListener('abort', end, { once: true });
  try {
    await work.prepare?.();
    if (isEnded()) return false;
    git.stdin.end('\n');
    git.stdout.resume();
    const { code, stderr } = await git.ended;
    if (code !== 0 && isEnded()) return false;
    if (code !== 0) throw gitFailed(code, stderr);
    await work.finish?.();
    return true;
  } finally {
    ends?.removeEventListener('abort', end);
    git.kill();
    await git.ended;
    await recordRefs(core, repository.id, { id, isLost: () => false });
  }
}
