import * as z from 'zod';
import { ACCESS_LEVELS, OWNER_KINDS } from '../access/repo-access.ts';
import { epochMs, repoName, repoOwner } from '../names.ts';

/** A commit in a list: texts are cut. */
export const commitView = z.strictObject({ oid: z.string(), summary: z.string(), author: z.string(), at: epochMs });
export type CommitView = z.infer<typeof commitView>;

export const repoView = z.strictObject({
  owner: repoOwner,
  ownerKind: z.enum(OWNER_KINDS),
  name: repoName,
  description: z.string(),
  defaultBranch: z.string(),
  branches: z.int().nonnegative(),
  /** Open pull requests, drafts included. */
  openPulls: z.int().nonnegative(),
  /** The newest commit on the default branch; null in an empty repository. */
  head: commitView.nullable(),
  sizeBytes: z.int().nonnegative(),
  /** OWNER/NAME of the repository that it is a copy of; null: of none that is there and that the caller may see. */
  forkOf: z.string().nullable(),
  /** Of a pull mirror: the address outside that it follows. Nobody pushes to it. */
  follows: z.string().optional(),
  createdAt: epochMs,
  pushedAt: epochMs.nullable(),
  /** The caller's access to it. */
  access: z.enum(ACCESS_LEVELS),
});
export type RepoView = z.infer<typeof repoView>;

/** A repository in detail. */
export const repoDescription = z.strictObject({
  repo: repoView,
  /** The newest first, at most 30 of `repo.branches`; `oid`, `summary`, `author` and `at` are those of its newest commit. */
  branches: z.array(commitView.extend({ name: z.string() })),
  /** The branch whose commits these are. */
  branch: z.string(),
  /** The newest first, at most 10; none in an empty repository. */
  commits: z.array(commitView),
});
export type RepoDescription = z.infer<typeof repoDescription>;

/** A removed repository whose directory is kept for a while. */
export const removedRepoView = z.strictObject({
  owner: repoOwner,
  name: repoName,
  path: z.string(),
  removedAt: epochMs,
  /** The directory is deleted after this time. */
  keptUntil: epochMs,
  sizeBytes: z.int().nonnegative(),
});
export type RemovedRepoView = z.infer<typeof removedRepoView>;
