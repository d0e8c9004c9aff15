import { serveArgv } from '../git/policy.ts';
import type { GitProcess } from '../git/process.ts';
import type { PushCommand } from '../store/pushes.ts';
import { answerHook } from '../search/answer-hook.ts';
import type { Repository } from '../store/repositories.ts';
import type { ForgeCore } from './forge-core.ts';
import { beginHolding } from './hold-repository.ts';
import { recordRefs } from './record-refs.ts';
import { packAfterPush } from '../upkeep/pack-after-push.ts';

export interface Push {
  readonly repository: Repository;
  readonly by: string;
  /** Throws when its author has lost the right since it began; called before refs move. */
  readonly assertStillAllowed: () => void;
  /** The commands of this connection; only these changes are attributed to `by`. */
  readonly commands: readonly PushCommand[];
  /** Protected branches with their present commits: the push is refused if it drops one. */
  readonly forwardOnly: ReadonlyMap<string, string>;
  /** Added to git's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Aborts when the client disconnects. */
  readonly gone: AbortSignal;
}

/** Carries the exchange with the client; awaits `settle` between the end of git and the end of the answer. */
export type ServePush = (git: GitProcess, settle: () => Promise<void>) => Promise<void>;

/**
 * One push: intent → git → record. Call it under the repository's push lock, after earlier pushes are recorded.
 * `serve` talks to git and awaits `settle` after git has ended and before the client gets the final status, so that a
 * push that is over for the client is recorded. If anything fails after git moved a ref, the next push, settling or
 * start records it, because the intent stays.
 */
export async function runPush(core: ForgeCore, push: Push, serve: ServePush): Promise<void> {
  const { repository } = push;
  const path = core.places.repositoryDir(repository);
  const policy = { limits: core.limits, hooksDir: core.places.hooks };
  const argv = serveArgv('git-receive-pack', { path, advertise: false, only: null }, policy);
  // git has no input when its row is written, so it cannot have changed anything.
  const { git, id } = await beginHolding(core, push, () => core.git.start(argv, push.env, { talks: true }));
  const repo = `${repository.owner}/${repository.name}`;
  const { by, assertStillAllowed, forwardOnly } = push;
  void core.track(answerHook(core, { talk: git.talk, path, repo, by, assertStillAllowed, forwardOnly }));
  await serve(git, () =>
    recordRefs(core, repository.id, { id, isLost: () => push.gone.aborted }).catch((error: unknown) =>
      core.log.error({ repo: `${repository.owner}/${repository.name}`, err: error }, 'a push is not recorded yet'),
    ),
  );
  core.inBackground(() => packAfterPush(core, repository));
}
