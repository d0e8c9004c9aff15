import { lstat, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { listenOnSocket } from '../../wire/listen.ts';

/** A socket file of ours. */
export interface OwnSocket {
  /** Whether the file at the path is still the one we made. */
  isOurs(): Promise<boolean>;
  /** Removes the file, unless it is somebody else's by now. Connections that stand go on. */
  remove(): Promise<void>;
}

/**
 * Listens on a socket that appears at `path` ready for use, in place of any older self's.
 *
 * It is made under another name and moved: a server removes the name it was made with when it closes,
 * whoever listens there by then, and must not remove its successor's socket.
 */
export async function ownSocket(app: FastifyInstance, path: string): Promise<OwnSocket> {
  const birthplace = join(dirname(path), `.${process.pid}`);
  await listenOnSocket(app, birthplace, { mode: 0o660, takeOver: true });
  const mine = await lstat(birthplace);
  await rename(birthplace, path);
  const isOurs = async () => {
    const found = await lstat(path).catch(() => null);
    return found !== null && found.ino === mine.ino && found.dev === mine.dev;
  };
  return {
    isOurs,
    async remove() {
      if (await isOurs()) await unlink(path).catch(() => {});
    },
  };
}
