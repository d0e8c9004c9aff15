import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import type { ImportView, MirrorView } from '../../protocol/schemas/mirror.ts';
import type { WantedMirror } from '../mirrors/add-mirror.ts';
import { createImports, type NewImport } from '../mirrors/imports.ts';
import type { Mirrors } from '../mirrors/mirrors.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { assertNoSecret } from '../search/assert-no-secret.ts';
import { findRepository } from '../store/repositories.ts';
import { assertOwner, type RepoPath } from './open-repository.ts';

/** Ways in from outside, and out. Only the operator uses them, and with no token; throws `forbidden` for anybody else. */
export interface MirrorBackend {
  /** Throws `duplicate_repo`, `unknown_agent`, `forge_quota`, `contains_secret`, `service_unavailable`. */
  beginImport(caller: RepoCaller, wanted: NewImport & { signal: AbortSignal }): Promise<ImportView>;
  listImports(caller: RepoCaller): ImportView[];
  /** Throws `not_found`. */
  cancelImport(caller: RepoCaller, repo: RepoPath): Promise<ImportView>;
  /** As addMirror; throws `unknown_agent`, `contains_secret`, `service_unavailable`, too. */
  add(caller: RepoCaller, wanted: WantedMirror): Promise<MirrorView>;
  /** Those of one repository when both names are given. Throws `unknown_repo`. */
  list(caller: RepoCaller, of: { owner?: RepoOwner | undefined; name?: RepoName | undefined }): Promise<MirrorView[]>;
  /** Throws `not_found`. */
  sync(caller: RepoCaller, id: number): MirrorView;
  /** Throws `not_found`. */
  remove(caller: RepoCaller, id: number): Promise<MirrorView>;
}

export function createMirrorBackend(
  core: ForgeCore,
  mirrors: Mirrors,
  finish: <T>(work: Promise<T>) => Promise<T>,
): MirrorBackend {
  const imports = createImports(core);
  const forOperator = <T>(caller: RepoCaller, work: () => Promise<T> | T): Promise<T> =>
    finish(
      (async () => {
        assertOperator(caller);
        return work();
      })(),
    );
  const assertTexts = async ({ owner, name, url }: NewImport, signal: AbortSignal) => {
    assertOwner(core, { owner, name });
    await assertNoSecret(core, `${name}\n${url}`, signal);
  };
  return {
    beginImport: (caller, { signal, ...wanted }) =>
      forOperator(caller, async () => {
        await assertTexts(wanted, signal);
        return imports.begin(wanted);
      }),
    listImports(caller) {
      assertOperator(caller);
      return imports.list();
    },
    cancelImport: (caller, repo) => forOperator(caller, () => imports.cancel(repo)),
    add: (caller, wanted) =>
      forOperator(caller, async () => {
        await assertTexts(wanted, wanted.signal);
        return mirrors.add(wanted);
      }),
    list: (caller, { owner, name }) =>
      forOperator(caller, () => {
        if (owner === undefined || name === undefined) return mirrors.list(null);
        const found = findRepository(core.db, owner, name);
        if (found === null) throw new HiveError('unknown_repo');
        return mirrors.list(found.id);
      }),
    sync(caller, id) {
      assertOperator(caller);
      return mirrors.sync(id);
    },
    remove: (caller, id) => forOperator(caller, () => mirrors.remove(id)),
  };
}

/** What leaves the hive, or comes in, is the operator's to decide; a token must not open a way out. */
function assertOperator(caller: RepoCaller): void {
  if (caller.kind !== 'operator' || caller.token !== undefined) throw new HiveError('forbidden');
}
