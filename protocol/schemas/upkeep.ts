import * as z from 'zod';
import { epochMs, repoName, repoOwner } from '../names.ts';

/** What maintenance does to a repository: join packs, index the history, delete what no ref leads to any more. */
export const UPKEEP_STEPS = ['pack', 'graph', 'prune'] as const;
export type UpkeepStep = (typeof UPKEEP_STEPS)[number];

/** The maintenance of one repository. Null: never, or not yet. */
export const upkeepView = z.strictObject({
  owner: repoOwner,
  name: repoName,
  sizeBytes: z.int().nonnegative(),
  objects: z.int().nonnegative(),
  /** As of the last look; objects in files of their own are loose. */
  packs: z.int().nonnegative().nullable(),
  loose: z.int().nonnegative().nullable(),
  /** The last run that did something: when, how long it took, what it did. */
  workedAt: epochMs.nullable(),
  workedMs: z.int().nonnegative(),
  did: z.array(z.string()),
  /** Why the last look did not lead to what was due. */
  trouble: z.string().nullable(),
  /** The last check, and how much is wrong. */
  checkedAt: epochMs.nullable(),
  findings: z.int().nonnegative(),
  /** The next look. */
  nextAt: epochMs.nullable(),
});
export type UpkeepView = z.infer<typeof upkeepView>;
