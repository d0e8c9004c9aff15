import { closePush, openPushes } from '../store/pushes.ts';
import { getRepository } from '../store/repositories.ts';
import type { ForgeCore } from './forge-core.ts';
import { noteLostPush } from './note-lost-push.ts';
import type { EndedPush } from './record-refs.ts';
import { removeLeftovers } from './remove-leftovers.ts';

/**
 * Closes the row of a push that moved no ref, because it never held the repository: git or its hook refused it, or its
 * client is gone. It waits for nobody. A row that is closed or holds by now stays as it is.
 */
export async function endReceiving(core: ForgeCore, repositoryId: number, ended: EndedPush): Promise<void> {
  const { db, places } = core;
  const end = db.transaction(() => {
    const repository = getRepository(db, repositoryId);
    const push = openPushes(db, repositoryId).find(({ id }) => id === ended.id);
    if (repository === null || push === undefined || !push.isReceiving) return null;
    const repo = `${repository.owner}/${repository.name}`;
    if (ended.isLost())
      noteLostPush(core, { by: push.by, repo, commands: push.commands ?? [], changes: [], reason: null });
    closePush(db, push.id);
    return repository;
  });
  const repository = end.immediate();
  if (repository === null) return;
  core.outbox.announce();
  const isAlone = () => openPushes(db, repositoryId).length === 0;
  await removeLeftovers(core, places.repositoryDir(repository), { isOver: isAlone, isAlone, isHeld: false });
}
