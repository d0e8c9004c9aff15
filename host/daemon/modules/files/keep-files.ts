import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATOR } from '../../../../protocol/names.ts';
import type { Attachment } from '../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import { createSlots } from '../../../../system/slots.ts';
import { viewerOf } from './attach.ts';
import {
  blobExists,
  deleteIfUnused,
  deleteOldUploads,
  findReadable,
  findUnknown,
  findUnused,
  insertUpload,
  roomOf,
  roomTaken,
} from './store/blobs.ts';
import type { Writer } from '../../core/writer.ts';
import { type BlobStore, hashOf } from './blob-store.ts';
import { createShares } from './shares.ts';

/** One agent may use at most this fraction (one of SHARES) of the capacity within an hour. */
const SHARES = 4;

/**
 * The files that messages carry. A file's row says that it is stored; the file is written before its row and deleted
 * after it, so that a crash leaves at most a file without a row, which `sweepStrays` removes.
 *
 *   absent ──upload──► uploaded ──send──► carried ──last message deleted──► unused ──► absent
 *                          └── an hour passed ──────────────────────────────► │
 *
 * Operations on the file of one hash run one after another.
 */
export interface Files {
  /**
   * Stores a file that `owner` may attach for an hour. Throws `attachment_too_large`, `rate_exceeded` when an agent
   * used its share of the capacity, `blob_store_full`, `storage_unavailable`.
   */
  upload(owner: string, file: { name: string; data: string }): Promise<Attachment>;
  /** Throws `unknown_attachment` unless the viewer sent or received the message, `attachment_damaged`, `storage_unavailable`. */
  download(
    viewer: string,
    file: { message: number; name: string },
  ): Promise<{ name: string; hash: string; data: string }>;
  /** Checks the next `limit` files and removes unused ones; `more` is false at the end of a round. */
  collectGarbage(now: number, limit: number): Promise<{ removed: number; more: boolean }>;
  /** Removes files without a row; returns how many. Reads whole directories: for the start, and rarely after. */
  sweepStrays(): Promise<number>;
}

export function createFiles(
  deps: {
    db: Db;
    writer: Writer;
    memory: AgentMemory;
    blobs: BlobStore;
    clock: () => number;
    /** Throws `storage_unavailable` on a disk that is too full for files. */
    refuse?: () => void;
  },
  limits: { maxBytes: number; maxTotalBytes: number },
): Files {
  const { db, writer, blobs, clock } = deps;
  /** Serializes operations on the same content. */
  const turns = createSlots({ perCaller: 1 });
  /** Bytes on disk according to the rows, plus those being written. */
  let room = roomTaken(db);
  let collectedTo = '';
  const shares = createShares(Math.max(limits.maxTotalBytes / SHARES, roomOf(limits.maxBytes)), deps);

  /**
   * Reserves capacity before the first byte is written, so that concurrent uploads cannot exceed the limit together.
   */
  async function keepNew(
    bytes: Buffer,
    file: { hash: string; owner: string; record: () => Promise<void> },
  ): Promise<void> {
    const taken = roomOf(bytes.length);
    if (room + taken > limits.maxTotalBytes) throw new HiveError('blob_store_full');
    if (file.owner !== OPERATOR) shares.take(file.owner, taken);
    room += taken;
    try {
      await blobs.put(bytes);
      await file.record();
    } catch (error) {
      room -= taken;
      shares.giveBack(file.owner, taken);
      // If the disk refuses this, too, the sweep removes the file later.
      await blobs.delete(file.hash).catch(() => undefined);
      throw error;
    }
  }

  async function remove(hash: string, now: number): Promise<boolean> {
    const bytes = await writer.write((tx) => deleteIfUnused(tx.db, hash, now));
    if (bytes === null) return false;
    room -= roomOf(bytes);
    await blobs.delete(hash);
    return true;
  }

  return {
    async upload(owner, { name, data }) {
      deps.refuse?.();
      if (Buffer.byteLength(data, 'base64') > limits.maxBytes) throw tooLarge(name, limits.maxBytes);
      const bytes = Buffer.from(data, 'base64');
      const hash = hashOf(bytes);
      const record = () => writer.write((tx) => insertUpload(tx.db, { hash, bytes: bytes.length, owner, at: clock() }));
      await turns.run(hash, async () => {
        if (!blobExists(db, hash)) return keepNew(bytes, { hash, owner, record });
        // Stored bytes are checked again, and replaced if the disk damaged them.
        await blobs.put(bytes);
        return record();
      });
      return { name, hash, bytes: bytes.length };
    },

    async download(viewer, file) {
      const find = () => findReadable(db, file, viewerOf(db, viewer));
      const found = find();
      if (found === null) throw unknownFile(file);
      const bytes = await turns.run(found.hash, async () => {
        // The message may have been deleted while this waited for its turn.
        if (find()?.hash !== found.hash) throw unknownFile(file);
        return blobs.read(found);
      });
      return { name: file.name, hash: found.hash, data: bytes.toString('base64') };
    },

    async collectGarbage(now, limit) {
      await writer.write((tx) => deleteOldUploads(tx.db, now, limit));
      const { hashes, last } = findUnused(db, { after: collectedTo, now, limit });
      collectedTo = last ?? '';
      const ends = await Promise.allSettled(hashes.map((hash) => turns.run(hash, () => remove(hash, now))));
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      return { removed: ends.filter((end) => end.status === 'fulfilled' && end.value).length, more: last !== null };
    },

    async sweepStrays() {
      let removed = 0;
      for await (const hashes of blobs.list())
        for (const hash of findUnknown(db, hashes))
          await turns.run(hash, async () => {
            if (blobExists(db, hash)) return;
            await blobs.delete(hash);
            removed += 1;
          });
      return removed;
    },
  };
}

function tooLarge(name: string, maxBytes: number): HiveError {
  return new HiveError(
    'attachment_too_large',
    `"${name}" is larger than an attachment may be (${maxBytes} bytes). Put it into /shared and send its path.`,
  );
}

function unknownFile(file: { message: number; name: string }): HiveError {
  return new HiveError(
    'unknown_attachment',
    `No message #${file.message} that you sent or received has an attachment "${file.name}".`,
  );
}
