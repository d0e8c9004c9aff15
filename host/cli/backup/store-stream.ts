import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

export interface StoredFile {
  readonly bytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/** Writes a stream into a new file that only its owner may read, and brings it to the disk. */
export async function storeStream(
  path: string,
  body: AsyncIterable<Buffer>,
  look: (chunk: Buffer) => void = () => undefined,
): Promise<StoredFile> {
  const file = await open(path, 'wx', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of body) {
      look(chunk);
      hash.update(chunk);
      bytes += chunk.length;
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}
