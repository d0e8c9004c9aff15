import { chmod, chown, lstat, unlink } from 'node:fs/promises';
import { createConnection } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { HiveError } from '../protocol/errors.ts';

/**
 * Makes a Fastify app listen on a Unix socket. A socket left by a process that died is replaced;
 * one that somebody still answers on is not (`hive_running`), unless `takeOver` says that the
 * listener is an older self that is on its way out.
 */
export async function listenOnSocket(
  app: FastifyInstance,
  path: string,
  options: { mode: number; uid?: number; gid?: number; takeOver?: boolean },
): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found !== null) {
    if (options.takeOver !== true && (await isAnswered(path)))
      throw new HiveError('hive_running', `Somebody listens on ${path} already.`);
    await unlink(path);
  }
  await app.listen({ path });
  if (options.uid !== undefined || options.gid !== undefined) await chown(path, options.uid ?? -1, options.gid ?? -1);
  await chmod(path, options.mode);
}

/** Whether a server accepts connections on this socket. */
export function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
