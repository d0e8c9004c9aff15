import * as z from 'zod';
import { epochMs, repoName, repoOwner } from '../names.ts';

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
