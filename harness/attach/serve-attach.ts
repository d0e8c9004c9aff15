import { createServer, type Socket } from 'node:net';
import { listenUnix } from '../../system/socket/listen-unix.ts';
import type { Takeover } from '../turn/takeover.ts';
import type { AttachAnswer } from './attach-answer.ts';

/**
 * Listens where a person's terminal in this box asks for the conversation (use-attach.ts). Any program of the agent could
 * ask, too: all of a box belongs to one user, and turns wait no longer than its connection is open.
 */
export async function serveAttach(takeover: Takeover, path: string): Promise<{ close(): Promise<void> }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.resume();
    const gone = new Promise<void>((resolve) =>
      socket.once('close', () => {
        open.delete(socket);
        resolve();
      }),
    );
    void answer(socket, gone);
  });

  async function answer(socket: Socket, gone: Promise<void>): Promise<void> {
    const begun = await takeover.begin();
    const line = (text: AttachAnswer) => `${JSON.stringify(text)}\n`;
    if ('refused' in begun) {
      socket.end(line({ refused: begun.refused }));
      return;
    }
    const { argv, env, cwd } = begun.launch;
    socket.write(line({ launch: { argv: [...argv], env: { ...env }, cwd } }));
    await gone;
    begun.end();
  }

  await listenUnix(server, path, { mode: 0o600 });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
