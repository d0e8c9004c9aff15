import * as z from 'zod';
import { CHECK_STATES } from '../check-states.ts';
import { epochMs, repoName, repoOwner, rowId } from '../names.ts';

/** The file at a repository's top that declares its checks. */
export const CHECKS_FILE = '.hive/checks.yaml';

/** What a suite of checks says about a commit. `none`: the target declares no checks. */
export const SUITE_STATES = ['none', 'running', 'passed', 'failed'] as const;
export type SuiteState = (typeof SUITE_STATES)[number];

/** Why there is a run: the first one, after a lost one, by the check's `retries`, or because somebody asked. */
export const RUN_REASONS = ['first', 'lost', 'rule', 'asked'] as const;
export type RunReason = (typeof RUN_REASONS)[number];

/** What the reports of a run counted. */
export const testCounts = z.strictObject({
  passed: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  skipped: z.int().nonnegative(),
});
export type TestCounts = z.infer<typeof testCounts>;

/** The name of an artifact: the path that it had in the box, as text. Nothing is ever opened by it. */
export const artifactName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\p{Cc}]*$/u, { error: 'it is one line of text' })
  .refine((name) => name.split('/').every((part) => !['', '.', '..'].includes(part)), {
    error: 'it is a path below the directory of the files, without . and ..',
  });

/** A file that a run handed over. */
export const checkArtifact = z.strictObject({
  id: rowId,
  name: z.string(),
  bytes: z.int().nonnegative(),
  at: epochMs,
});
export type CheckArtifact = z.infer<typeof checkArtifact>;

/** One run of one check. */
export const checkRun = z.strictObject({
  id: rowId,
  /** The check's name. */
  check: z.string(),
  required: z.boolean(),
  state: z.enum(CHECK_STATES),
  /** Counts the runs of this check for this commit, from 1. */
  attempt: z.int().positive(),
  why: z.enum(RUN_REASONS),
  queuedAt: epochMs,
  startedAt: epochMs.nullable(),
  endedAt: epochMs.nullable(),
  exitCode: z.int().nullable(),
  /** Why it ended so, in a sentence; empty where the state says it all. */
  reason: z.string(),
  /** It passed and failed for the same files: its result says little. */
  flaky: z.boolean(),
  /** What its reports counted; null: it had none that could be read. */
  tests: testCounts.nullable(),
});
export type CheckRun = z.infer<typeof checkRun>;

/** How a line of a check's output is marked: `::error file=PATH,line=N::MESSAGE`. */
export const NOTE_LEVELS = ['error', 'warning', 'notice'] as const;
export type NoteLevel = (typeof NOTE_LEVELS)[number];

/** A place in the code that a check's output names. */
export const checkNote = z.strictObject({
  level: z.enum(NOTE_LEVELS),
  path: z.string().nullable(),
  line: z.int().positive().nullable(),
  message: z.string(),
});
export type CheckNote = z.infer<typeof checkNote>;

/** Characters that hived sends of a run's output at once. */
export const MOST_LOG_CHARS_SENT = 8_000;

/** Files that a run begins with, if there is a cache of that key, and saves if there is none. */
export const checkCache = z.strictObject({ key: z.string(), paths: z.array(z.string()) });
export type CheckCache = z.infer<typeof checkCache>;

/** A stored cache. */
export const cacheView = z.strictObject({
  id: rowId,
  branch: z.string(),
  key: z.string(),
  /** As packed. */
  bytes: z.int().nonnegative(),
  /** Whether runs begin with it: what made it has been merged. */
  counts: z.boolean(),
  /** The run that saved it; null: it is gone. */
  run: rowId.nullable(),
  at: epochMs,
  usedAt: epochMs,
});
export type CacheView = z.infer<typeof cacheView>;

/** A run that hived is to carry out. */
export const checkJob = z.strictObject({
  run: rowId,
  /** OWNER/NAME of its repository, and its ref there: the one thing that the run's socket serves. */
  owner: repoOwner,
  name: repoName,
  ref: z.string(),
  commit: z.string(),
  check: z.string(),
  /** Shell scripts; `setup` may be empty. */
  setup: z.string(),
  command: z.string(),
  timeoutMs: z.int().positive(),
  /** Patterns of the files that the box hands over. */
  artifacts: z.array(z.string()),
  reports: z.array(z.string()),
  /** What the box begins with and saves; the forge knows them by their places in this list. */
  caches: z.array(checkCache),
});
export type CheckJob = z.infer<typeof checkJob>;

/** How a run ended, as hived saw it. */
export const checkEnd = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('exited'), exitCode: z.int(), outOfMemory: z.boolean() }),
  z.strictObject({ kind: z.literal('timed_out') }),
  /** Nobody knows how it would have ended. */
  z.strictObject({ kind: z.literal('lost'), reason: z.string().max(500) }),
  /** hived stops: the run goes back to the queue. */
  z.strictObject({ kind: z.literal('returned') }),
]);
export type CheckEnd = z.infer<typeof checkEnd>;

export const checkDescription = z.strictObject({
  run: checkRun,
  /** The pull request that it is about; null: of the merge queue. */
  pull: z.int().positive().nullable(),
  /** The commit that is checked, and the one that declares the check. */
  commit: z.string(),
  target: z.string(),
  setup: z.string(),
  command: z.string(),
  timeoutMs: z.int().positive(),
  notes: z.array(checkNote),
  /** What is left of the files that it handed over. */
  artifacts: z.array(checkArtifact),
  /** Every run of this check for this commit, the oldest first. */
  attempts: z.array(checkRun),
});
export type CheckDescription = z.infer<typeof checkDescription>;

/** What checks say about a pull request. `missing`: they have not run with the newest commit of its base. */
export const PULL_CHECK_STATES = [...SUITE_STATES, 'missing'] as const;
export type PullCheckState = (typeof PULL_CHECK_STATES)[number];

export const pullChecks = z.strictObject({
  state: z.enum(PULL_CHECK_STATES),
  /** The required ones that stand in the way. */
  failed: z.array(z.string()),
  flaky: z.boolean(),
  /** Why they could not run, in a sentence. */
  trouble: z.string().nullable(),
  /** The newest run of each check; with the state `missing`, of an older commit. */
  runs: z.array(checkRun),
});
export type PullChecks = z.infer<typeof pullChecks>;
