import * as z from 'zod';
import { commitView } from './repo.ts';

/** A branch or a tag by its name, or a commit by its full id. */
export const revision = z.string().min(1).max(255);
const NO_NAMES = new Set(['', '.', '..']);
/** A path in a repository; empty: its root. */
export const repoFilePath = z
  .string()
  .max(4096)
  .refine((path) => path === '' || (!path.includes('\0') && path.split('/').every((part) => !NO_NAMES.has(part))), {
    error: 'a path is relative to the root of the repository, e.g. src/main.ts',
  });

export const TREE_KINDS = ['directory', 'file', 'symlink', 'submodule'] as const;
export type TreeKind = (typeof TREE_KINDS)[number];

export const treeEntry = z.strictObject({
  name: z.string(),
  kind: z.enum(TREE_KINDS),
  /** Bytes of a file. */
  size: z.int().nonnegative().nullable(),
});
export type TreeEntry = z.infer<typeof treeEntry>;

export const repoTree = z.strictObject({
  /** The commit that was read. */
  commit: z.string(),
  /** Directories first, at most 2,000. */
  entries: z.array(treeEntry),
  leftOut: z.int().nonnegative(),
});
export type RepoTree = z.infer<typeof repoTree>;

export const repoFile = z.strictObject({
  commit: z.string(),
  size: z.int().nonnegative(),
  /** Null: it is no text in UTF-8, or longer than 512 KiB. */
  text: z.string().nullable(),
  isBinary: z.boolean(),
  isSymlink: z.boolean(),
});
export type RepoFile = z.infer<typeof repoFile>;

/** A run of lines that came with one commit. */
export const blameRun = z.strictObject({
  commit: commitView,
  /** The first line, from 1, and how many. */
  line: z.int().positive(),
  lines: z.int().positive(),
});
export type BlameRun = z.infer<typeof blameRun>;

export const searchHit = z.strictObject({ path: z.string(), line: z.int().positive(), text: z.string() });
export type SearchHit = z.infer<typeof searchHit>;

export const fileHistory = z.strictObject({
  commit: z.string(),
  /** Commits that changed the path, the newest first. */
  commits: z.array(commitView),
  /** Whether there are older ones. */
  more: z.boolean(),
});
export type FileHistory = z.infer<typeof fileHistory>;
