import type { FastifyInstance } from 'fastify';
import { listenUnix, type UnixSocket } from '../system/socket/listen-unix.ts';

/** A Fastify app that listens on a Unix socket. */
export interface Listening extends Pick<UnixSocket, 'isOurs'> {
  /** Accepts no more connections and waits for open requests. The socket file is removed only if it is still ours. */
  close(): Promise<void>;
  /** Closes every connection at once. */
  cut(): void;
}

/** Listens at `path` with mode 0660, replacing a predecessor. Rejects when it cannot; the app is closed then. */
export async function listenAt(app: FastifyInstance, path: string, gid: number | null): Promise<Listening> {
  try {
    const socket = await listenUnix(app, path, { mode: 0o660, gid });
    return {
      isOurs: socket.isOurs,
      async close() {
        socket.remove();
        await app.close();
      },
      cut: () => app.server.closeAllConnections(),
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}
