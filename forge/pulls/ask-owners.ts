import type { BranchRule } from '../../protocol/schemas/pull.ts';
import { listChangedPaths } from '../git/diff.ts';
import { readSmallFile } from '../git/look.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { MOST_OWNED_PATHS, OWNERS_FILE, parseOwners, refuseOwners } from './policy/owners.ts';

const MOST_BYTES = 64 * 1024;

/** A move of a base that a merge makes: its commit before, and the commit or tree that it gets. */
export interface BaseMove {
  readonly path: string;
  readonly from: string;
  readonly to: string;
  /** Where `to` is kept, if not in the repository. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Why the owners of what a merge changes have not agreed, as the file at the base's commit names them; none when they
 * have, or when the rule does not ask them. Every path by which a pull request gets onto its base asks this.
 */
export async function askOwners(
  core: Pick<ForgeCore, 'git' | 'owners'>,
  move: BaseMove,
  { rule, approvedBy }: { rule: BranchRule | null; approvedBy: readonly string[] },
): Promise<string[]> {
  if (rule?.owners !== true) return [];
  const file = await readSmallFile(core.git, move.path, { commit: move.from, file: OWNERS_FILE, maxBytes: MOST_BYTES });
  if (file === null) return [];
  if (file.text === null) return [`${OWNERS_FILE} has more than ${MOST_BYTES} bytes: shorten it`];
  const parsed = parseOwners(file.text);
  if ('problem' in parsed) return [parsed.problem];
  const paths = await listChangedPaths(core.git, move, MOST_OWNED_PATHS + 1);
  return refuseOwners(paths, parsed.rules, { approvedBy, roleOf: core.owners.roleOf });
}
