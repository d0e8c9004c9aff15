import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { RestoredRepo } from '../../protocol/forge-backup.ts';
import { withDatabaseCopy } from '../backup/copy-database.ts';
import { withReceived } from '../backup/receive-bundle.ts';
import { restoreRepository, type RestoreWish } from '../backup/restore-repository.ts';
import { finishStage, stageDatabase, stageRepository, type StagedRepo } from '../backup/stage-restore.ts';
import { bundleArgv, hasRefs } from '../git/bundle.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import type { Serving } from './fetch.ts';
import { assertAllowed, assertOwner, openRepository, type RepoPath } from './open-repository.ts';
import { takeSlot } from '../repositories/wait-turn.ts';

/** A bundle that arrives. */
export interface Received {
  readonly bytes: number;
  readonly body: AsyncIterable<Buffer>;
}

/** Backups, for the operator. Errors: `forbidden`, `unknown_repo`, `service_unavailable`, `storage_unavailable`. */
export interface BackupBackend {
  /** Gives the path of a copy of the database, which is there while the work runs. */
  database(caller: RepoCaller, work: (path: string) => Promise<void>): Promise<void>;
  /** All refs of a repository with all their objects; null: it has none. */
  openBundle(caller: RepoCaller, path: RepoPath): Promise<Serving | null>;
  /** Also throws `duplicate_repo`, `forge_quota`, `name_mismatch`, `invalid_input` for a bundle that is not whole. */
  restore(
    caller: RepoCaller,
    wish: Omit<RestoreWish, 'bundle' | 'replaces'> & { readonly replace: string | undefined },
    received: Received,
  ): Promise<RestoredRepo>;
  /** A whole forge, beside the present one: its database, then each repository, then the end. */
  readonly stage: {
    database(caller: RepoCaller, received: Received): Promise<void>;
    repository(caller: RepoCaller, staged: Omit<StagedRepo, 'bundle'>, received: Received): Promise<void>;
    /** Resolves with where the present forge will be kept, and ends it. */
    end(caller: RepoCaller): Promise<string>;
  };
}

export function createBackupBackend(core: ForgeCore, finish: <T>(work: Promise<T>) => Promise<T>): BackupBackend {
  const forOperator = async <T>(caller: RepoCaller, work: () => Promise<T>): Promise<T> => {
    if (caller.kind !== 'operator' || caller.token !== undefined) throw new HiveError('forbidden');
    return finish(work());
  };
  return {
    database: (caller, work) => forOperator(caller, () => withDatabaseCopy(core, work)),
    openBundle: (caller, path) => finish(openBundle(core, caller, path)),
    stage: {
      database: (caller, received) =>
        forOperator(caller, () => withReceived(core, received, (path) => stageDatabase(core, path))),
      repository: (caller, staged, received) =>
        forOperator(caller, () =>
          received.bytes === 0
            ? stageRepository(core, { ...staged, bundle: null })
            : withReceived(core, received, (bundle) => stageRepository(core, { ...staged, bundle })),
        ),
      end: (caller) => forOperator(caller, () => finishStage(core)),
    },
    restore: (caller, { replace, ...wish }, received) =>
      finish(
        (async () => {
          const { owner, name } = wish;
          assertAllowed(core, { caller, action: 'maintain', owner, name });
          if (replace !== undefined && replace !== `${owner}/${name}`) throw new HiveError('name_mismatch');
          const replaces = replace !== undefined;
          if (!replaces) assertOwner(core, wish);
          return withReceived(core, received, (bundle) => restoreRepository(core, { ...wish, replaces, bundle }));
        })(),
      ),
  };
}

async function openBundle(core: ForgeCore, caller: RepoCaller, path: RepoPath): Promise<Serving | null> {
  const repository = await openRepository(core, { ...path, caller, action: 'maintain' });
  const dir = core.places.repositoryDir(repository);
  if (!(await hasRefs(core.git, dir))) return null;
  return {
    async serve({ env, gone }, transport) {
      const release = await takeSlot(core, 'backups', { gone, tell: () => {} });
      try {
        await transport(await core.git.start(bundleArgv(dir), env));
      } finally {
        release();
      }
    },
  };
}
