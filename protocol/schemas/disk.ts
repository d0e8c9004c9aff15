import * as z from 'zod';
import { agentName, epochMs } from '../names.ts';

/** How full the hive's disk is: see docs/configuration.md, "Disk". */
export const diskLevel = z.enum(['ok', 'low', 'paused', 'full']);

/** Disk use of one owner's files: allocated bytes, and the number of files and directories. */
export const diskOwner = z.strictObject({
  /** `agent NAME`, `shared`, `forge`, `messages and events`, `attachments`, … */
  owner: z.string(),
  agent: agentName.nullable(),
  bytes: z.int().nonnegative(),
  files: z.int().nonnegative(),
  /** 0: no limit. */
  limitBytes: z.int().nonnegative(),
  limitFiles: z.int().nonnegative(),
  /** False when counting was aborted: there may be more. */
  whole: z.boolean(),
});
export type DiskOwner = z.infer<typeof diskOwner>;

/** The file system of the hive's files. */
export const diskState = z.strictObject({
  level: diskLevel,
  freeBytes: z.int().nonnegative(),
  totalBytes: z.int().nonnegative(),
  freeFiles: z.int().nonnegative(),
  /** 0 where the file system does not count files. */
  files: z.int().nonnegative(),
  /** Space reserved for the hive's own needs; 0 when the reserve was released. */
  reserveBytes: z.int().nonnegative(),
  /** The meaning of the level and what to do, in a sentence; null when it is `ok`. */
  advice: z.string().nullable(),
});
export type DiskState = z.infer<typeof diskState>;

export const diskReport = z.strictObject({
  disk: diskState,
  measuredAt: epochMs.nullable(),
  /** The largest first. */
  owners: z.array(diskOwner),
});
export type DiskReport = z.infer<typeof diskReport>;
