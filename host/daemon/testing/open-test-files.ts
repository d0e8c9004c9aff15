import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentName } from '../../../protocol/names.ts';
import { type BlobStore, openBlobStore } from '../modules/files/blob-store.ts';
import { createFiles } from '../modules/files/keep-files.ts';
import { recordAttachments, resolveAttachments } from '../modules/files/attach.ts';
import { parseConfig } from '../config/parse-config.ts';
import { completeSpec } from '../modules/agents/complete-spec.ts';
import { insertAgent } from '../modules/agents/store/agents.ts';
import { insertDelivery } from '../modules/mail/store/deliveries.ts';
import { insertMessage } from '../modules/mail/store/messages.ts';
import { openMigrated } from './open-migrated.ts';
import { createAgentMemory } from '../core/agent-memory.ts';
import { createWriter } from '../core/writer.ts';

/** hived's files on a real database and a real directory; the clock is the test's. */
export type TestFiles = Awaited<ReturnType<typeof openTestFiles>>;

export async function openTestFiles(
  limits: Partial<{ maxBytes: number; maxTotalBytes: number }> = {},
  wrap: (blobs: BlobStore) => BlobStore = (blobs) => blobs,
) {
  const dir = mkdtempSync(join(tmpdir(), 'hive-files-'));
  const blobDir = join(dir, 'blobs');
  const config = parseConfig('', 'config.yaml');
  const time = { now: 1_800_000_000_000 };
  const clock = () => time.now;
  const db = openMigrated(join(dir, 'hive.db'));
  const writer = createWriter(db, {
    onEffectError(error) {
      throw error;
    },
  });
  const memory = createAgentMemory();
  const blobs = await openBlobStore(blobDir);
  const files = createFiles(
    { db, writer, memory, blobs: wrap(blobs), clock },
    { maxBytes: 1_000_000, maxTotalBytes: 100_000_000, ...limits },
  );
  for (const name of ['manager', 'scout', 'coder']) addAgent(name);

  function addAgent(name: string): void {
    insertAgent(db, {
      name: name as AgentName,
      parent: name === 'manager' ? null : ('manager' as AgentName),
      spec: completeSpec({ role: name }, config),
      desired: 'running',
      at: clock(),
    });
  }

  return {
    db,
    writer,
    memory,
    blobs,
    blobDir,
    files,
    clock,
    time,
    addAgent,
    /** Sends as the broker does: access checks, message and attachments in one transaction. */
    send: (sender: string, to: string, attachments: readonly { name: string; hash: string }[]) =>
      writer.write((tx) => {
        const at = clock();
        const found = resolveAttachments(tx, { sender, attachments, now: at });
        const { id } = insertMessage(tx.db, {
          thread: null,
          inReplyTo: null,
          sender,
          recipient: to,
          kind: 'note',
          priority: null,
          body: 'see the file',
          key: null,
          at,
          turn: null,
          place: { hops: 0, idleHops: 0, chain: null },
          data: { attachments: found },
        });
        insertDelivery(tx.db, id, {
          recipient: to,
          orderKey: at,
          urgency: 2,
          copy: false,
          bytes: 12,
          expiresAt: null,
          heldUntil: null,
          note: null,
          wakes: true,
        });
        recordAttachments(tx, id, found);
        return id;
      }),
    async close() {
      await writer.close();
      db.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A file in the form of an upload. */
export function fileOf(text: string, name = 'notes.txt'): { name: string; data: string } {
  return { name, data: Buffer.from(text).toString('base64') };
}
