import { mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { HiveError } from '../../protocol/errors.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';

const RESERVE_BYTES = 1024 ** 3;

/**
 * Stores a stream in a file of its own while the work runs. Throws `storage_unavailable` when it does not fit: the
 * repository of a bundle needs as much again. A killed forge's file is deleted at the next start (reconcile).
 */
export async function withReceived<T>(
  { places }: Pick<ForgeCore, 'places'>,
  { bytes, body }: { bytes: number; body: AsyncIterable<Buffer> },
  work: (path: string) => Promise<T>,
): Promise<T> {
  const disk = await statfs(places.incoming);
  const total = disk.blocks * disk.bsize;
  if (disk.bavail * disk.bsize - 2 * bytes < Math.min(RESERVE_BYTES, total / 20))
    throw new HiveError('storage_unavailable', 'There is not enough space on the disk to restore this. Free some.');
  const dir = await mkdtemp(join(places.incoming, `${process.pid}.restore-`));
  try {
    const path = join(dir, 'received');
    await store(path, { bytes, body });
    return await work(path);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function store(path: string, { bytes, body }: { bytes: number; body: AsyncIterable<Buffer> }): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  let stored = 0;
  try {
    for await (const chunk of body) {
      stored += chunk.length;
      if (stored > bytes) break;
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (stored !== bytes)
    throw new HiveError('invalid_input', `The bundle did not have the ${bytes} bytes that it should have.`);
}
