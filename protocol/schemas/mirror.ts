import * as z from 'zod';
import { epochMs, repoName, repoOwner, rowId } from '../names.ts';

/** The steps of an import: waits for its turn, asks what is there, fetches it, checks and stores it. */
export const IMPORT_STEPS = ['waiting', 'asking', 'fetching', 'checking'] as const;

/** An import of a repository from outside: one that runs, or that ended within the last hour. */
export const importView = z.strictObject({
  owner: repoOwner,
  name: repoName,
  url: z.string(),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  step: z.enum(IMPORT_STEPS),
  /** Of the step, as git counts it; null while it counts nothing. */
  percent: z.int().min(0).max(100).nullable(),
  /** Why it failed, with what to do. */
  error: z.string().nullable(),
  /** Branches and tags whose names the forge does not take. */
  leftOut: z.int().nonnegative(),
  startedAt: epochMs,
  endedAt: epochMs.nullable(),
});
export type ImportView = z.infer<typeof importView>;

/** `pull`: a repository follows one outside. `push`: one is published to another outside. */
export const mirrorDirection = z.enum(['pull', 'push']);
export type MirrorDirection = z.infer<typeof mirrorDirection>;

/** The shortest and the longest interval of a pull mirror, in milliseconds. */
export const MIRROR_EVERY = { least: 5 * 60_000, usual: 60 * 60_000, most: 30 * 24 * 60 * 60_000 } as const;
/** The most branches and tags in a view of a mirror. */
export const MOST_MIRROR_REFS = 100;

/** A mirror, with what became of its last try. */
export const mirrorView = z.strictObject({
  id: rowId,
  owner: repoOwner,
  name: repoName,
  direction: mirrorDirection,
  url: z.string(),
  /** Of a pull mirror. */
  everyMs: z.int().positive().nullable(),
  /** Of a push mirror: the branches that are published beside the default one. */
  branches: z.array(z.string()),
  /** Of a push mirror: commits outside are overwritten. */
  force: z.boolean(),
  /** `new`: not tried yet. */
  state: z.enum(['new', 'ok', 'running', 'failing']),
  /** While it runs: what git is doing, as it counts it. */
  step: z.string().nullable(),
  percent: z.int().min(0).max(100).nullable(),
  createdAt: epochMs,
  triedAt: epochMs.nullable(),
  okAt: epochMs.nullable(),
  /** When it is tried next; null: at the next change. */
  nextAt: epochMs.nullable(),
  /** Why the last try failed, with what to do. */
  error: z.string().nullable(),
  failingSince: epochMs.nullable(),
  /** Of a push mirror: what was published last of each branch and tag, and why the last try failed; those first. */
  refs: z.array(
    z.strictObject({
      ref: z.string(),
      oid: z.string().nullable(),
      at: epochMs.nullable(),
      error: z.string().nullable(),
    }),
  ),
  moreRefs: z.int().nonnegative(),
});
export type MirrorView = z.infer<typeof mirrorView>;
