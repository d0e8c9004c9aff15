import { lstatSync, unlinkSync } from 'node:fs';
import { chmod, chown, lstat, rename, rm } from 'node:fs/promises';
import type { Server } from 'node:net';
import { dirname, join } from 'node:path';
import { isMainThread, threadId } from 'node:worker_threads';

/** A server that is not listening yet, and how to start it: a Fastify app is one. */
export interface Listener {
  readonly server: Server;
  listen(options: { path: string }): Promise<unknown>;
}

export interface UnixSocketOptions {
  /** Permissions of the socket file. Everyone with write permission may connect. */
  readonly mode: number;
  /** Owner of the socket file; our own when left out or null. */
  readonly uid?: number | null;
  readonly gid?: number | null;
}

/** A socket file of ours. */
export interface UnixSocket {
  /**
   * Whether the path still leads to this socket: a successor may have replaced it, or the directory may have been made
   * anew.
   */
  isOurs(): Promise<boolean>;
  /**
   * Removes the file, unless another process has replaced it. Open connections continue. Closing the server does it,
   * too.
   */
  remove(): void;
}

/**
 * Listens on a Unix socket at `path`, replacing whatever is there: a dead server's socket, or a live predecessor's.
 *
 * The socket is created beside the path, gets its owner and mode, and is renamed: a client that connects finds either
 * the old server or the new one, never no socket and never one that refuses. It also keeps the predecessor's exit from
 * deleting our file, which Node would do by the name it was created with. The directory must belong to us alone.
 *
 * Rejects when the path is too long or its directory is missing. The server does not listen then, and no file is left.
 */
export async function listenUnix(
  listener: Listener | Server,
  path: string,
  options: UnixSocketOptions,
): Promise<UnixSocket> {
  const fresh = join(dirname(path), nextName());
  await rm(fresh, { force: true });
  const server = 'server' in listener ? listener.server : listener;
  if ('server' in listener) await listener.listen({ path: fresh });
  else await begin(listener, fresh);
  try {
    const { uid, gid, mode } = options;
    if (uid != null || gid != null) await chown(fresh, uid ?? -1, gid ?? -1);
    await chmod(fresh, mode);
    const { ino, dev } = await lstat(fresh);
    await rename(fresh, path);
    const remove = () => {
      try {
        // Synchronous: a process that is exiting runs no later callback.
        const found = lstatSync(path);
        if (found.ino === ino && found.dev === dev) unlinkSync(path);
      } catch {
        // The path is gone or cannot be read: no client can connect there.
      }
    };
    server.once('close', remove);
    return {
      remove,
      async isOurs() {
        const found = await lstat(path).catch(() => null);
        return found?.ino === ino && found.dev === dev;
      },
    };
  } catch (error) {
    await new Promise((resolve) => server.close(resolve));
    throw error;
  }
}

let named = 0;

/**
 * A name that no other socket has had: Node removes the file of this name when a server closes, also if it is another
 * server's by then. Short, because the kernel's limit for the path is 107 bytes.
 */
function nextName(): string {
  const parts = [process.pid, ...(isMainThread ? [] : [threadId]), (named += 1)];
  return `.${parts.map((part) => part.toString(36)).join('-')}`;
}

function begin(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
