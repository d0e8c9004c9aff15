import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HiveError } from '../../protocol/errors.ts';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import { syncDirectory } from '../../system/sync-directory.ts';
import { writePrivate } from '../../system/write-private.ts';
import { ALL_REFS, bringRefs } from '../git/bundle.ts';
import { placeHead, readRefs } from '../git/look.ts';
import { initArgv } from '../git/policy.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { keepFactsAhead } from '../store/facts.ts';
import { exists } from '../../system/exists.ts';
import { DATABASE, MARKER, REPOSITORIES } from './finish-restore.ts';

/**
 * A whole forge is restored aside, in `restoring`, while this one serves; its next start puts it in place
 * (finish-restore.ts). The database comes first: it begins a new attempt, and ends one that was left.
 */
export async function stageDatabase(core: ForgeCore, received: string): Promise<void> {
  const { restoring } = core.places;
  await rm(restoring, { recursive: true, force: true });
  await mkdir(join(restoring, REPOSITORIES), { recursive: true, mode: 0o750 });
  const path = join(restoring, DATABASE);
  await rename(received, path);
  try {
    // Opening brings it to this version, and refuses a newer one.
    const db = core.openDatabase(path);
    try {
      if (db.pragma('quick_check', { simple: true }) !== 'ok')
        throw new HiveError('invalid_input', 'The database of the backup is damaged. Take another backup.');
      keepFactsAhead(db, core.db);
    } finally {
      db.close();
    }
  } catch (error) {
    await rm(restoring, { recursive: true, force: true });
    throw error;
  }
}

export interface StagedRepo {
  readonly owner: RepoOwner;
  readonly name: RepoName;
  readonly defaultBranch: string;
  /** Null: it is empty. */
  readonly bundle: string | null;
  readonly signal: AbortSignal;
}

/** Unpacks one repository of the backup. Throws `wrong_state` before the database came, `invalid_input`. */
export async function stageRepository(core: ForgeCore, staged: StagedRepo): Promise<void> {
  const { owner, name, defaultBranch, bundle, signal } = staged;
  const { restoring } = core.places;
  if (!(await exists(join(restoring, DATABASE))) || (await exists(join(restoring, MARKER))))
    throw new HiveError('wrong_state', 'No restore of the forge is under way: it begins with its database.');
  const place = join(restoring, REPOSITORIES, owner, `${name}.git`);
  const half = join(restoring, `${owner}.${name}.half`);
  await rm(half, { recursive: true, force: true });
  await core.git.run(initArgv(half, defaultBranch));
  if (bundle !== null) {
    const limitMs = core.limits.totalMs;
    const refused = await bringRefs(core.git, half, { from: bundle, refs: ALL_REFS, limitMs, signal });
    if (refused !== null) throw new HiveError('invalid_input', `git refuses this bundle: ${refused.slice(0, 500)}`);
    await placeHead(core.git, half, { refs: await readRefs(core.git, half), defaultBranch });
  }
  await mkdir(join(restoring, REPOSITORIES, owner), { recursive: true, mode: 0o750 });
  await rm(place, { recursive: true, force: true });
  await rename(half, place);
}

/** Says that all of it is there: the next start puts it in place. Returns where the present forge is kept then. */
export async function finishStage(core: ForgeCore): Promise<string> {
  const { restoring, dir } = core.places;
  if (!(await exists(join(restoring, DATABASE))))
    throw new HiveError('wrong_state', 'No restore of the forge is under way: it begins with its database.');
  const before = `before-restore-${new Date(core.clock()).toISOString().replaceAll(/[-:.]/g, '')}`;
  await writePrivate(join(restoring, MARKER), JSON.stringify({ before }));
  await syncDirectory(dir);
  return join(dir, before);
}
