import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATOR } from '../../../../protocol/names.ts';
import type { Attachment } from '../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../store/open-store.ts';
import { findAgent } from '../agents/queries.ts';
import { findAttachable, insertAttachment, type Viewer } from './store/blobs.ts';
import type { Tx } from '../../core/writer.ts';

/** The messages that a name may see: the operator all, an agent those it sent or received since it was created. */
export function viewerOf(db: Db, name: string): Viewer {
  if (name === OPERATOR) return { name, since: 0, all: true };
  return { name, since: findAgent(db, name)?.createdAt ?? Number.MAX_SAFE_INTEGER, all: false };
}

/**
 * The files of a message that is being sent, with their sizes. Knowing a hash grants no access: the sender must have
 * uploaded the file within the hour, or have sent or received a message with it.
 *
 * Throws `unknown_attachment`, and `invalid_input` when two have the same name.
 */
export function resolveAttachments(
  tx: Tx,
  ask: { sender: string; attachments: readonly Pick<Attachment, 'name' | 'hash'>[] | undefined; now: number },
): Attachment[] {
  const { sender, attachments, now } = ask;
  if (attachments === undefined || attachments.length === 0) return [];
  const twice = attachments.find(({ name }, index) => attachments.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined)
    throw new HiveError('invalid_input', `Two attachments are named "${twice.name}". Give each a name of its own.`);
  const viewer = viewerOf(tx.db, sender);
  return attachments.map(({ name, hash }) => {
    const bytes = findAttachable(tx.db, hash, { viewer, now });
    if (bytes === null)
      throw new HiveError(
        'unknown_attachment',
        `"${name}" is no file that you uploaded within the last hour or that came with a message of yours. Upload it again.`,
      );
    return { name, hash, bytes };
  });
}

/** Records files that were resolved in the same transaction as attachments of their message. */
export function recordAttachments(
  tx: Tx,
  messageId: number,
  files: readonly Pick<Attachment, 'name' | 'hash'>[],
): void {
  for (const file of files) insertAttachment(tx.db, messageId, file);
}
