import { serveArgv } from '../git/policy.ts';
import type { GitProcess } from '../git/process.ts';
import type { PushVerdict } from '../pulls/protect-push.ts';
import type { PushCommand } from '../store/pushes.ts';
import { answerHook, type EnterTurn } from '../search/answer-hook.ts';
import type { Repository } from '../store/repositories.ts';
import type { ForgeCore } from './forge-core.ts';
import { endReceiving } from './end-receiving.ts';
import { beginReceiving, holdReceived } from './hold-repository.ts';
import { recordRefs } from './record-refs.ts';
import { waitTurn } from './wait-turn.ts';
import { packAfterPush } from '../upkeep/pack-after-push.ts';

export interface Push {
  readonly repository: Repository;
  readonly by: string;
  /** Throws when its author has lost the right since it began; called before refs move. */
  readonly assertStillAllowed: () => void;
  /** The commands of this connection; only these changes are attributed to `by`. */
  readonly commands: readonly PushCommand[];
  /** What the rules say when nobody else moves refs: they may have changed since it began, and the refs, too. */
  readonly judge: () => Promise<PushVerdict>;
  /** Added to git's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Aborts when the client disconnects. */
  readonly gone: AbortSignal;
}

/** Carries the exchange with the client; awaits `settle` between the end of git and the end of the answer. */
export type ServePush = (git: GitProcess, settle: () => Promise<void>) => Promise<void>;

/**
 * One push: intent → git receives → search and turn → git moves refs → record. git receives the objects beside other
 * pushes; its hook asks before a ref moves, and gets its answer when the push alone holds the repository. Call it while
 * the lock is not taken alone. `serve` talks to git and awaits `settle` after git has ended and before the client gets
 * the final status, so that a push that is over for the client is recorded. If anything fails after git moved a ref, the
 * next push, settling or start records it, because the intent stays.
 */
export async function runPush(core: ForgeCore, push: Push, serve: ServePush): Promise<void> {
  const { repository } = push;
  const path = core.places.repositoryDir(repository);
  const policy = { limits: core.limits, hooksDir: core.places.hooks };
  const argv = serveArgv('git-receive-pack', { path, advertise: false, only: null }, policy);
  // git has no input when its row is written, so it cannot have changed anything.
  const { git, id } = await beginReceiving(core, push, () => core.git.start(argv, push.env, { talks: true }));
  core.ownPushes.add(id);
  const repo = `${repository.owner}/${repository.name}`;
  let release: (() => void) | null = null;
  const hold = async (signal: AbortSignal) => {
    release = await holdReceived(core, { repositoryId: repository.id, id }, signal);
    return release;
  };
  const enter: EnterTurn = async (gone, tell) => {
    await waitTurn({ gone, tell, take: hold, why: `another push into ${repo} is under way` }, core.limits);
    return push.judge();
  };
  const record = async () => {
    const ended = { id, isLost: () => push.gone.aborted };
    await (release === null ? endReceiving(core, repository.id, ended) : recordRefs(core, repository.id, ended));
  };
  const { by, assertStillAllowed } = push;
  const asking = core.track(answerHook(core, { talk: git.talk, path, repo, by, assertStillAllowed, enter }));
  try {
    await serve(git, async () => {
      // It ends with git, which has ended: nobody takes the turn behind this.
      await asking;
      await record().catch((error: unknown) => core.log.error({ repo, err: error }, 'a push is not recorded yet'));
    });
  } finally {
    core.ownPushes.delete(id);
    (release as (() => void) | null)?.();
  }
  core.inBackground(() => packAfterPush(core, repository));
}
