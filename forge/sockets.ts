import { chmod, chown, lstat, rename, rm, unlink } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';

/** A Fastify app that listens on a Unix socket. */
export interface Listening {
  /** Whether the path still leads here: a successor may have taken it, hived may have made the directory anew. */
  isReachable(): Promise<boolean>;
  /** Stops taking connections and waits for the requests under way. The socket file goes only if it is still ours. */
  close(): Promise<void>;
  /** Ends every connection at once. */
  cut(): void;
}

/**
 * Listens at `path` with mode 0660, replacing whatever socket lies there (a predecessor's) in one
 * step: it is made beside and renamed, so a client finds the old server or the new one, never none.
 * The same trick keeps closing from deleting a successor's file, which Node would do by name.
 */
export async function listenAt(app: FastifyInstance, path: string, gid: number | null): Promise<Listening> {
  const fresh = `${path}.${process.pid}`;
  await rm(fresh, { force: true });
  await app.listen({ path: fresh });
  try {
    if (gid !== null) await chown(fresh, -1, gid);
    await chmod(fresh, 0o660);
    const { ino, dev } = await lstat(fresh);
    await rename(fresh, path);
    const isReachable = async () => {
      const found = await lstat(path).catch(() => null);
      return found?.ino === ino && found.dev === dev;
    };
    return {
      isReachable,
      async close() {
        if (await isReachable()) await unlink(path).catch(() => undefined);
        await app.close();
      },
      cut: () => app.server.closeAllConnections(),
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}
