import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { BranchRule } from '../../protocol/schemas/pull.ts';
import { nameOf } from '../access/authorize.ts';
import { openRepository, type RepoPath } from '../backend/open-repository.ts';
import { assertOwn } from '../mirrors/assert-own.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { deleteRule, putRule, rulesOf } from '../store/branch-rules.ts';

/** The rules that the operator set, by pattern. Throws `unknown_repo`. */
export async function listRules(core: ForgeCore, caller: RepoCaller, path: RepoPath): Promise<BranchRule[]> {
  const { id } = await openRepository(core, { ...path, caller, action: 'look' });
  return rulesOf(core.db, id);
}

/** Throws `unknown_repo`, `forge_quota`. */
export async function setRule(
  core: ForgeCore,
  caller: RepoCaller,
  { owner, name, ...rule }: RepoPath & BranchRule,
): Promise<BranchRule[]> {
  const repository = await openRepository(core, { caller, action: 'set_rules', owner, name });
  const { id } = repository;
  const write = core.db.transaction(() => {
    assertOwn(core, repository);
    const rules = rulesOf(core.db, id);
    if (rules.length >= core.limits.maxRules && !rules.some(({ pattern }) => pattern === rule.pattern))
      throw new HiveError('forge_quota', `A repository may have ${core.limits.maxRules} rules. Remove one first.`);
    putRule(core.db, id, rule);
    note(core, caller, { owner, name, pattern: rule.pattern, removed: false });
  });
  write.immediate();
  core.outbox.announce();
  return rulesOf(core.db, id);
}

/** Throws `unknown_repo`, `not_found`. */
export async function removeRule(
  core: ForgeCore,
  caller: RepoCaller,
  { owner, name, pattern }: RepoPath & Pick<BranchRule, 'pattern'>,
): Promise<BranchRule[]> {
  const { id } = await openRepository(core, { caller, action: 'set_rules', owner, name });
  const write = core.db.transaction(() => {
    if (!deleteRule(core.db, id, pattern)) throw new HiveError('not_found', `There is no rule for "${pattern}".`);
    note(core, caller, { owner, name, pattern, removed: true });
  });
  write.immediate();
  core.outbox.announce();
  return rulesOf(core.db, id);
}

function note(
  core: ForgeCore,
  caller: RepoCaller,
  { owner, name, ...data }: RepoPath & { pattern: string; removed: boolean },
): void {
  core.outbox.add({
    at: core.clock(),
    kind: 'forge.rules_changed',
    by: nameOf(caller),
    repo: `${owner}/${name}`,
    data,
  });
}
