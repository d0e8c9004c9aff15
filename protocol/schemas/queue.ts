import * as z from 'zod';
import { epochMs } from '../names.ts';
import { MERGE_METHODS } from './merge-method.ts';
import { priority } from './message.ts';

/** How an entry is merged: through the merge queue of its base, or by itself when it is allowed. */
export const QUEUE_MODES = ['queue', 'alone'] as const;
export type QueueMode = (typeof QUEUE_MODES)[number];

/** `waiting`: reviews or checks are missing; `queued`: it may be merged. */
export const QUEUE_ENTRY_STATES = ['waiting', 'queued'] as const;
export type QueueEntryState = (typeof QUEUE_ENTRY_STATES)[number];

/** `batch`: the first test of entries. `search`: a test that looks for the one that broke a failed batch. */
export const RUN_PURPOSES = ['batch', 'search'] as const;
export type RunPurpose = (typeof RUN_PURPOSES)[number];

/** A pull request in a merge queue. */
export const queueEntryView = z.strictObject({
  number: z.int().positive(),
  title: z.string(),
  author: z.string(),
  base: z.string(),
  /** The commit that is meant: a newer one takes it out. */
  commit: z.string(),
  by: z.string(),
  at: epochMs,
  mode: z.enum(QUEUE_MODES),
  method: z.enum(MERGE_METHODS),
  priority,
  /** `testing`: it is in a batch whose checks run. */
  state: z.enum([...QUEUE_ENTRY_STATES, 'testing']),
  /** Among those that may be merged, from 1; null for one that waits. */
  position: z.int().positive().nullable(),
  /** What it waits for. */
  reasons: z.array(z.string()),
});
export type QueueEntryView = z.infer<typeof queueEntryView>;

/** Checks that run for entries of a queue, and for all ahead of them. */
export const queueRunView = z.strictObject({
  commit: z.string(),
  /** Numbers of the pull requests that no run below tests. */
  numbers: z.array(z.int().positive()),
  purpose: z.enum(RUN_PURPOSES),
  state: z.enum(['running', 'passed', 'failed']),
  /** How often it was tested. */
  tries: z.int().positive(),
  startedAt: epochMs,
});

/** The merge queue of one branch. */
export const queueView = z.strictObject({
  branch: z.string(),
  /** In order; those that wait for reviews or checks come last. */
  entries: z.array(queueEntryView),
  runs: z.array(queueRunView),
});
export type QueueView = z.infer<typeof queueView>;
