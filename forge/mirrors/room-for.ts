import type { RepoOwner } from '../../protocol/names.ts';
import { assertBytesLeft } from '../repositories/create-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { measureOwner } from '../store/repositories.ts';

/**
 * The most bytes that one transfer from outside may bring for an owner: the largest pack of a push, within the owner's
 * quota. Throws `forge_quota` when that is used up.
 */
export function roomFor({ db, limits }: Pick<ForgeCore, 'db' | 'limits'>, owner: RepoOwner): number {
  assertBytesLeft({ db, limits }, owner);
  return Math.min(limits.maxPackBytes, limits.maxOwnerBytes - measureOwner(db, owner).bytes);
}
