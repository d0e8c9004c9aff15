import { chmod, chown, lstat, unlink } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createConnection } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { HiveError } from '../protocol/errors.ts';

export interface SocketOptions {
  mode: number;
  uid?: number;
  gid?: number;
  /** Replace a socket that is still answered: its listener is an older self on its way out. */
  takeOver?: boolean;
}

/**
 * Makes a Fastify app listen on a Unix socket. A socket left by a process that died is replaced;
 * one that somebody still answers on is not (`hive_running`), unless `takeOver` says so.
 */
export async function listenOnSocket(app: FastifyInstance, path: string, options: SocketOptions): Promise<void> {
  await clearPath(path, options);
  await app.listen({ path });
  await setOwner(path, options);
}

/** The same for a plain HTTP server. */
export async function listenServer(server: Server, path: string, options: SocketOptions): Promise<void> {
  await clearPath(path, options);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  await setOwner(path, options);
}

async function clearPath(path: string, options: SocketOptions): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return;
  if (options.takeOver !== true && (await isAnswered(path)))
    throw new HiveError('hive_running', `Somebody listens on ${path} already.`);
  await unlink(path);
}

async function setOwner(path: string, options: SocketOptions): Promise<void> {
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
