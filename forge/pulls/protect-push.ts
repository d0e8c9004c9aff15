import { accessOf, type RepoCaller } from '../../protocol/access/repo-access.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import type { PushCommand } from '../store/pushes.ts';
import type { Repository } from '../store/repositories.ts';
import { refuseMove } from './policy/protect.ts';
import { ruleFor } from './pull-repository.ts';

const BRANCHES = 'refs/heads/';

/** What the rules of protected branches say about a push, before git receives it. */
export interface PushVerdict {
  /** Why it is refused, in one line; null: it may go on. */
  readonly refusal: string | null;
  /** Branches that it may only move forwards, with their present commits: checked when git has the new ones. */
  readonly forwardOnly: ReadonlyMap<string, string>;
}

export function judgePush(
  core: Pick<ForgeCore, 'db' | 'owners'>,
  repository: Repository,
  push: { caller: RepoCaller; commands: readonly PushCommand[]; refs: ReadonlyMap<string, string> },
): PushVerdict {
  const level = accessOf(push.caller, core.owners.ownerOf(repository.owner));
  const isFirst = ![...push.refs.keys()].some((ref) => ref.startsWith(BRANCHES));
  const forwardOnly = new Map<string, string>();
  for (const { ref, new: oid } of push.commands) {
    if (!ref.startsWith(BRANCHES)) continue;
    const name = ref.slice(BRANCHES.length);
    const rule = ruleFor(core, repository, name);
    const old = push.refs.get(ref);
    const move = { level, isNew: old === undefined, isFirst, isDeleted: oid === null, isForced: null };
    const [refusal] = refuseMove(name, { kind: 'push', ...move }, rule);
    if (refusal !== undefined) return { refusal, forwardOnly };
    if (rule !== null && old !== undefined) forwardOnly.set(ref, old);
  }
  return { refusal: null, forwardOnly };
}
