import { VERDICT_WORDS } from './event-words/forge.ts';
import type { MergeMethod } from './schemas/merge-method.ts';
import type { EntryKind } from './schemas/pull.ts';

/** What somebody did in the conversation of a pull request, after their name. */
export const ENTRY_WORDS: Readonly<Record<EntryKind, string>> = {
  ...VERDICT_WORDS,
  request_changes: 'asked for changes',
  pushed: 'pushed commits',
  base_changed: 'chose another base',
  closed: 'closed it',
  reopened: 'opened it again',
  ready: 'marked it as ready',
  draft: 'marked it as a draft',
  merged: 'merged it',
  queued: 'asked for its merge',
  unqueued: 'stopped its merge',
  labeled: 'added labels',
  unlabeled: 'removed labels',
};

/** What each method of a merge does. */
export const METHOD_WORDS: Readonly<Record<MergeMethod, string>> = {
  merge: 'with a merge commit',
  squash: 'as one commit (squash)',
  rebase: 'commit by commit (rebase)',
  fast_forward: 'as it is (fast-forward)',
};
