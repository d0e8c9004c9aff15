import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import { DEFAULT_LABEL_COLOR } from '../../protocol/label-colors.ts';
import type { RepoLabel } from '../../protocol/schemas/label.ts';
import { nameOf } from '../access/authorize.ts';
import { openRepository, type RepoPath } from '../backend/open-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { assertNoSecret } from '../search/assert-no-secret.ts';
import { countLabels, deleteLabel, findLabel, insertLabel, labelsOf, updateLabel } from '../store/labels.ts';
import { takePullRoom } from './assert-room.ts';

export interface LabelWish extends RepoPath {
  readonly label: string;
  readonly color: string | undefined;
  readonly description: string | undefined;
  readonly newName: string | undefined;
  readonly signal: AbortSignal;
}

/** A repository's labels, by name. Throws `unknown_repo`. */
export async function listLabels(core: ForgeCore, caller: RepoCaller, path: RepoPath): Promise<RepoLabel[]> {
  const { id } = await openRepository(core, { ...path, caller, action: 'look' });
  return labelsOf(core.db, id);
}

/**
 * Makes a label, or changes the one of that name. Throws `unknown_repo`, `forbidden`, `not_found` for another name of a
 * label that is not there, `duplicate_label`, `forge_quota`, `contains_secret`, `rate_exceeded`.
 */
export async function setLabel(core: ForgeCore, caller: RepoCaller, wish: LabelWish): Promise<RepoLabel[]> {
  const { owner, name, label, newName, signal } = wish;
  const { id } = await openRepository(core, { caller, action: 'label', owner, name });
  await assertNoSecret(core, `${label}\n${newName ?? ''}\n${wish.description ?? ''}`, signal);
  const write = () => {
    const before = findLabel(core.db, id, label);
    const { color = before?.color ?? DEFAULT_LABEL_COLOR, description = before?.description ?? '' } = wish;
    if (before === null) {
      if (newName !== undefined) throw unknownLabel(label);
      assertRoom(core, id);
      return insertLabel(core.db, id, { name: label, color, description });
    }
    const called = newName ?? before.name;
    const twin = findLabel(core.db, id, called);
    if (twin !== null && twin.id !== before.id)
      throw new HiveError('duplicate_label', `There is a label "${twin.name}" already. Choose another name.`);
    updateLabel(core.db, { id: before.id, name: called, color, description });
  };
  return change(core, write, { id, owner, name, by: nameOf(caller), label: newName ?? label, removed: false });
}

/** Throws `unknown_repo`, `forbidden`, `not_found`, `rate_exceeded`. */
export async function removeLabel(
  core: ForgeCore,
  caller: RepoCaller,
  { owner, name, label }: RepoPath & { label: string },
): Promise<RepoLabel[]> {
  const { id } = await openRepository(core, { caller, action: 'label', owner, name });
  const write = () => {
    const found = findLabel(core.db, id, label);
    if (found === null) throw unknownLabel(label);
    deleteLabel(core.db, found.id);
  };
  return change(core, write, { id, owner, name, by: nameOf(caller), label, removed: true });
}

export function unknownLabel(label: string): HiveError {
  return new HiveError('not_found', `The repository has no label "${label}". Make it first, or name another one.`);
}

function assertRoom({ db, limits }: ForgeCore, repositoryId: number): void {
  if (countLabels(db, repositoryId) >= limits.maxLabels)
    throw new HiveError('forge_quota', `A repository may have ${limits.maxLabels} labels. Remove one first.`);
}

function change(
  core: ForgeCore,
  write: () => void,
  of: RepoPath & { readonly id: number; readonly by: string; readonly label: string; readonly removed: boolean },
): RepoLabel[] {
  const { id, owner, name, by, label, removed } = of;
  const work = core.db.transaction(() => {
    takePullRoom(core, { repositoryId: id, by, chars: 0, pull: null });
    write();
    const repo = `${owner}/${name}`;
    core.outbox.add({ at: core.clock(), kind: 'forge.pull_label_set', by, repo, data: { label, removed } });
  });
  work.immediate();
  core.outbox.announce();
  return labelsOf(core.db, id);
}
