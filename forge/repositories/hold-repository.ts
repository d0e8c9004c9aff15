import { setTimeout as sleep } from 'node:timers/promises';
import { HiveError } from '../../protocol/errors.ts';
import { gitFailed, type GitProcess } from '../git/process.ts';
import { holdPush, type NewPush, openPush, openReceiving, type PushCommand } from '../store/pushes.ts';
import { getRepository, type Repository } from '../store/repositories.ts';
import type { ForgeCore } from './forge-core.ts';
import { recordRefs } from './record-refs.ts';
import { settleRepository } from './settle-pushes.ts';

const OTHER_FORGE_POLL_MS = 100;

/**
 * Waits until every earlier change of the repository's refs is recorded, including those of another forge (an older one
 * that drains). Pushes that receive their objects go on. Call it under the push lock. Rejects when the signal aborts.
 */
export async function waitForEarlierPushes(core: ForgeCore, repositoryId: number, signal: AbortSignal): Promise<void> {
  while ((await settleRepository(core, repositoryId)).some(({ isReceiving }) => !isReceiving))
    await waitForOtherForge(core, signal);
}

/** The same for every push of the repository. Call it while nobody else has its lock, nor receives. */
export async function waitForAllPushes(core: ForgeCore, repositoryId: number, signal: AbortSignal): Promise<void> {
  while ((await settleRepository(core, repositoryId)).length > 0) await waitForOtherForge(core, signal);
}

async function waitForOtherForge(core: ForgeCore, signal: AbortSignal): Promise<void> {
  if (core.stopping.aborted) throw new HiveError('service_unavailable', 'The forge is restarting. Try again.');
  await sleep(OTHER_FORGE_POLL_MS, undefined, { signal });
}

/** What a row says of the git that it is about. */
interface Work {
  readonly repository: Repository;
  readonly by: string;
  readonly commands: readonly PushCommand[];
  readonly gone: AbortSignal;
}

type Begun = Promise<{ git: GitProcess; id: number }>;

/**
 * Starts a git and records that it holds the repository: until the row is closed (recordRefs) nobody else changes its
 * refs, in any forge. `start` must start a git that changes nothing before it gets input. Call it under the push lock;
 * without commands (maintenance) while no push of this forge receives. Throws `unknown_repo`.
 */
export function beginHolding(core: ForgeCore, work: Work, start: () => Promise<GitProcess>): Begun {
  const settle = () => settleRepository(core, work.repository.id);
  return begin(core, work, { start, settle, open: (push) => openPush(core.db, push) });
}

/**
 * Starts the git of a push and records it: it receives objects beside other pushes, and moves no ref before it holds the
 * repository (holdReceived). Call it while the lock is not taken alone. Throws `unknown_repo`.
 */
export function beginReceiving(core: ForgeCore, work: Work, start: () => Promise<GitProcess>): Begun {
  const { id } = work.repository;
  const settle = () => core.pushLocks.run(String(id), () => settleRepository(core, id));
  return begin(core, work, { start, settle, open: (push) => openReceiving(core.db, push) });
}

async function begin(
  core: ForgeCore,
  { repository, by, commands, gone }: Work,
  how: {
    start: () => Promise<GitProcess>;
    open: (push: NewPush) => number | null;
    /** Records what another forge left. */
    settle: () => Promise<unknown>;
  },
): Begun {
  for (;;) {
    const git = await how.start();
    try {
      const id = how.open({ repositoryId: repository.id, by, pid: git.pid, commands, at: core.clock() });
      if (id !== null) return { git, id };
    } catch (error) {
      git.kill();
      throw error;
    }
    git.kill();
    if (getRepository(core.db, repository.id) === null) throw new HiveError('unknown_repo');
    // Another forge's work is in the way.
    await waitForOtherForge(core, gone);
    await how.settle();
  }
}

/**
 * Gives the repository to a push that has received its objects, after every earlier change of refs is recorded; resolves
 * with the release of its lock. Throws `unknown_repo`, `service_unavailable`; rejects when the signal aborts.
 */
export async function holdReceived(
  core: ForgeCore,
  push: { repositoryId: number; id: number },
  signal: AbortSignal,
): Promise<() => void> {
  const release = await core.pushLocks.take(String(push.repositoryId), signal);
  try {
    for (;;) {
      await waitForEarlierPushes(core, push.repositoryId, signal);
      if (holdPush(core.db, push.id)) return release;
      if (getRepository(core.db, push.repositoryId) === null) throw new HiveError('unknown_repo');
      await waitForOtherForge(core, signal);
    }
  } catch (error) {
    release();
    throw error;
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
 * Runs git on the objects of a repository while no forge serves a push in it. Call it with the lock alone. Resolves
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
