import type { Module } from '../../core/module.ts';
import { handleFiles } from './handlers.ts';
import type { Files } from './keep-files.ts';
import { deleteAttachmentsOf, deleteUploadsOf } from './store/blobs.ts';

const COLLECT_EVERY_MS = 60_000;
/** Files checked per collection step. */
const FILES_A_STEP = 500;

/** The files that messages carry. */
export function filesModule({ files }: { files: Files }) {
  /** In monotonic time; null until orphans were removed once. */
  let collectAt: number | null = null;
  return {
    name: 'files',
    handlers: handleFiles({ files }),
    onAgentRetired: (tx, { name }) => deleteUploadsOf(tx.db, name),
    onMessageDeleted: (tx, { id }) => deleteAttachmentsOf(tx.db, [id]),
    async tidy({ now, steady }) {
      if (collectAt !== null && steady < collectAt) return;
      const isFirst = collectAt === null;
      collectAt = steady + COLLECT_EVERY_MS;
      if (isFirst) await files.sweepStrays();
      else await files.collectGarbage(now, FILES_A_STEP);
    },
  } satisfies Module;
}
