import { rm } from 'node:fs/promises';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import { readRefs } from '../git/look.ts';
import { initArgv, serveArgv } from '../git/policy.ts';
import { answerHook } from '../search/answer-hook.ts';
import type { PushVerdict } from '../pulls/protect-push.ts';
import { openPush } from '../store/pushes.ts';
import { asideIn, DEFAULT_BRANCH, placeRepository, recordRepository } from './create-repository.ts';
import type { ForgeCore } from './forge-core.ts';
import { writeNote } from './first-push-note.ts';
import { recordRefs } from './record-refs.ts';
import type { Push, ServePush } from './run-push.ts';

export type FirstPush = Omit<Push, 'repository' | 'judge'> & {
  readonly owner: RepoOwner;
  readonly name: RepoName;
  /** The branch that a clone checks out; null: `main`, or the first one. */
  readonly defaultBranch: string | null;
};

/** A repository that is not there yet has none. */
const NO_RULES: PushVerdict = { refusal: null, forwardOnly: new Map() };

/**
 * A push into a missing repository: git works on one that is created aside and moved into place once a ref has been
 * pushed. A push that is refused or breaks off leaves nothing, not even an event. Call it under a lock of the name.
 * Resolves with whether the repository exists now.
 */
export async function runFirstPush(core: ForgeCore, push: FirstPush, serve: ServePush): Promise<boolean> {
  let isKept = false;
  const aside = asideIn(core);
  try {
    await core.git.run(initArgv(aside, push.defaultBranch ?? DEFAULT_BRANCH));
    await writeNote(aside, { by: push.by, commands: [...push.commands] });
    const policy = { limits: core.limits, hooksDir: core.places.hooks };
    const git = await core.git.start(
      serveArgv('git-receive-pack', { path: aside, advertise: false, only: null }, policy),
      push.env,
      { talks: true },
    );
    const repo = `${push.owner}/${push.name}`;
    const { by, assertStillAllowed } = push;
    void core.track(
      answerHook(core, { talk: git.talk, path: aside, repo, by, assertStillAllowed, enter: async () => NO_RULES }),
    );
    await serve(git, async () => {
      if ((await readRefs(core.git, aside)).size === 0) return;
      isKept = true;
      await keep(core, push, { aside, pid: git.pid });
    });
    return isKept;
  } finally {
    await rm(aside, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function keep(core: ForgeCore, push: FirstPush, made: { aside: string; pid: number }): Promise<void> {
  const { owner, name, by, commands } = push;
  const at = core.clock();
  await placeRepository(core, push, made.aside);
  const record = core.db.transaction(() => {
    const { id } = recordRepository(core, {
      owner,
      name,
      by,
      description: '',
      defaultBranch: push.defaultBranch ?? DEFAULT_BRANCH,
    });
    return { id, pushId: openPush(core.db, { repositoryId: id, by, pid: made.pid, commands, at }) };
  });
  const { id, pushId } = record.immediate();
  core.outbox.announce();
  if (pushId === null) return recordRefs(core, id, null);
  core.ownPushes.add(pushId);
  try {
    await recordRefs(core, id, { id: pushId, isLost: () => push.gone.aborted });
  } finally {
    core.ownPushes.delete(pushId);
  }
}
