import { HiveError } from '../../protocol/errors.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { pullMirrorOf } from '../store/mirrors.ts';
import type { Repository } from '../store/repositories.ts';

/** Why nobody but its mirror may change a repository's branches; null when it follows no server outside. */
export function refuseFollowed({ db }: Pick<ForgeCore, 'db'>, { id, owner, name }: Repository): string | null {
  const url = pullMirrorOf(db, id);
  return url === null ? null : `${owner}/${name} is a mirror of ${url}, which alone changes it: push there`;
}

/** Throws `forbidden` for a repository that follows a server outside. */
export function assertOwn(core: Pick<ForgeCore, 'db'>, repository: Repository): void {
  const reason = refuseFollowed(core, repository);
  if (reason !== null) throw new HiveError('forbidden', `${reason}.`);
}
