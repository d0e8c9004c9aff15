import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { ImportView } from '../../protocol/schemas/mirror.ts';
import { createImports, type NewImport } from '../mirrors/imports.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { assertNoSecret } from '../search/assert-no-secret.ts';
import { assertOwner, type RepoPath } from './open-repository.ts';

/** Ways in from outside. Only the operator uses them, and with no token; throws `forbidden` for anybody else. */
export interface MirrorBackend {
  /** Throws `duplicate_repo`, `unknown_agent`, `forge_quota`, `contains_secret`, `service_unavailable`. */
  beginImport(caller: RepoCaller, wanted: NewImport & { signal: AbortSignal }): Promise<ImportView>;
  listImports(caller: RepoCaller): ImportView[];
  /** Throws `not_found`. */
  cancelImport(caller: RepoCaller, repo: RepoPath): Promise<ImportView>;
}

export function createMirrorBackend(core: ForgeCore, finish: <T>(work: Promise<T>) => Promise<T>): MirrorBackend {
  const imports = createImports(core);
  return {
    beginImport: (caller, { signal, ...wanted }) =>
      finish(
        (async () => {
          assertOperator(caller);
          assertOwner(core, wanted);
          await assertNoSecret(core, `${wanted.name}\n${wanted.url}`, signal);
          return imports.begin(wanted);
        })(),
      ),
    listImports(caller) {
      assertOperator(caller);
      return imports.list();
    },
    cancelImport: (caller, repo) =>
      finish(
        (async () => {
          assertOperator(caller);
          return imports.cancel(repo);
        })(),
      ),
  };
}

/** What leaves the hive, or comes in, is the operator's to decide; a token must not open a way out. */
function assertOperator(caller: RepoCaller): void {
  if (caller.kind !== 'operator' || caller.token !== undefined) throw new HiveError('forbidden');
}
