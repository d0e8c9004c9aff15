import * as z from 'zod';
import { epochMs, repoName, repoOwner } from '../names.ts';

/** What is wrong with a repository. */
export const FSCK_CODES = [
  /** Objects cannot be read. */
  'damaged',
  /** Objects that others name are not there. */
  'missing',
  /** A ref names nothing. */
  'bad_ref',
  /** The index of the history or of the packs is wrong. It can be written anew. */
  'bad_index',
  /** A branch or tag was changed past the forge. */
  'moved',
  /** A commit that a pull request, an approval or the merge queue names is not there. */
  'lost_commit',
  /** The directory is missing. */
  'no_directory',
  /** The check was not done within its time. */
  'unfinished',
] as const;

export const fsckFinding = z.strictObject({
  code: z.enum(FSCK_CODES),
  /** A sentence. */
  words: z.string(),
  /** What to do: a sentence. */
  advice: z.string(),
});
export type FsckFinding = z.infer<typeof fsckFinding>;

/** The check of one repository. */
export const fsckView = z.strictObject({
  owner: repoOwner,
  name: repoName,
  at: epochMs,
  tookMs: z.int().nonnegative(),
  findings: z.array(fsckFinding),
});
export type FsckView = z.infer<typeof fsckView>;

/** Something in the forge's directory that belongs to no repository. */
export const strayView = z.strictObject({ path: z.string(), words: z.string(), advice: z.string() });
export type StrayView = z.infer<typeof strayView>;
