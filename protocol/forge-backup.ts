import * as z from 'zod';
import { epochMs, repoName, repoOwner } from './names.ts';

/**
 * Where the forge's socket for the operator gives and takes backups: streams of bytes, which no operation carries.
 * `hivectl` alone uses them.
 */
export const BACKUP_PATHS = {
  /** GET: a copy of forge.db. */
  database: '/api/backup/database',
  /** GET: a git bundle with all refs of a repository; no content when it has none. */
  bundle: (owner: string, name: string) => `/api/backup/bundles/${owner}/${name}`,
  /** POST a bundle: makes the repository of it, or with `replace=OWNER/NAME` puts it in place of one that is there. */
  restore: (owner: string, name: string) => `/api/backup/restore/${owner}/${name}`,
  /** POST a copy of forge.db: begins the restore of a whole forge, beside the present one. */
  stageDatabase: '/api/backup/stage/database',
  /** POST a bundle, or nothing for an empty repository: `defaultBranch=NAME`. */
  stageBundle: (owner: string, name: string) => `/api/backup/stage/bundles/${owner}/${name}`,
  /** POST nothing: all of it is there. The forge ends, and its next start puts it in place. */
  stageEnd: '/api/backup/stage/end',
} as const;

/** Where a bundle of a backup is, and what it has. */
const backedUpRepo = z.strictObject({
  owner: repoOwner,
  name: repoName,
  description: z.string(),
  defaultBranch: z.string(),
  /** Relative to the manifest; null: the repository was empty. */
  file: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+\.bundle$/)
    .nullable(),
  bytes: z.int().nonnegative(),
  /** SHA-256 of the file, in hexadecimal digits. */
  sha256: z.string(),
  refs: z.int().nonnegative(),
});
export type BackedUpRepo = z.infer<typeof backedUpRepo>;

/** What a backup has. Written last: a directory without it is no backup. */
export const backupManifest = z.strictObject({
  format: z.literal(1),
  madeAt: epochMs,
  /** The forge's database, copied before the first bundle: bundles have at least the refs that it knows. */
  database: z.strictObject({ file: z.literal('forge.db'), bytes: z.int(), sha256: z.string() }).nullable(),
  repositories: z.array(backedUpRepo),
  /** Repositories that could not be backed up, and why. */
  failed: z.array(z.strictObject({ owner: repoOwner, name: repoName, why: z.string() })),
});
export type BackupManifest = z.infer<typeof backupManifest>;

/** The answer to a restored bundle. */
export const restoredRepo = z.strictObject({
  owner: repoOwner,
  name: repoName,
  /** Branches and tags that are other ones than the forge had recorded, at most 100 of `different`. */
  differences: z.array(z.strictObject({ ref: z.string(), old: z.string().nullable(), new: z.string().nullable() })),
  different: z.int().nonnegative(),
  /** Refs that came from the repository that was replaced, because it had them whole and as they were last. */
  salvaged: z.int().nonnegative(),
  /** The directory to which the replaced repository was moved; null: nothing was replaced. */
  kept: z.string().nullable(),
});
export type RestoredRepo = z.infer<typeof restoredRepo>;

/** The answer to the end of a whole restore. `before`: where the present forge is kept from then on. */
export const stagedRestore = z.strictObject({ before: z.string() });
